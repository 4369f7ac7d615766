-- The roles. They belong to the whole cluster, not to one database, so they stand outside the numbered migrations: made where
-- missing, before anything else, by whoever runs `stepguardctl migrate`.
--
-- sg_owner owns every object and cannot log in. The others log in and own nothing: each may execute the functions that
-- grants.sql gives it and touch no table. There are no passwords: over the Unix socket the kernel says who calls, and an ident
-- map says which of these names that user may take (deploy/pg/private-cluster writes such a map).
--
-- The time-outs are the server's last word, for the day the client's own deadline does not work: nothing a request does takes
-- seconds, and a lock held by a hung session must not hold up a school. The report and the operator work on whole classes.
--
-- The server's log gets no DETAIL and no parameters of theirs, whatever the cluster's own settings: a refusal carries the record as
-- it is now in its DETAIL (core.refuse), an error of PostgreSQL quotes keys there.
do $$
declare
  v_role text;
begin
  if not exists (select from pg_roles where rolname = 'sg_owner') then
    create role sg_owner nologin;
  end if;
  -- Functions of schema api carry "set sg.scope"; for a setting that no module declares, a function's owner needs this.
  grant set on parameter sg.scope to sg_owner;
  foreach v_role in array array['sg_student', 'sg_enrol', 'sg_office', 'sg_report', 'sg_metrics', 'sg_operator'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I login', v_role);
      execute format('alter role %I set search_path = pg_catalog', v_role);
      execute format('alter role %I set jit = off', v_role);
      execute format('alter role %I set lock_timeout = %L', v_role, '5s');
      execute format('alter role %I set idle_in_transaction_session_timeout = %L', v_role, '60s');
      execute format('alter role %I set statement_timeout = %L', v_role,
                     case when v_role in ('sg_report', 'sg_operator') then '10min' else '30s' end);
    end if;
    if not exists (select from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
                    where r.rolname = v_role and s.setdatabase = 0
                      and s.setconfig @> '{log_error_verbosity=terse,log_parameter_max_length=0}') then
      execute format('alter role %I set log_error_verbosity = terse', v_role);
      execute format('alter role %I set log_parameter_max_length = 0', v_role);
    end if;
    execute format('grant connect on database %I to %I', current_database(), v_role);
  end loop;
  execute format('revoke all on database %I from public', current_database());
  -- temporary: the rows of a file that is imported (core.import_table).
  execute format('grant create, connect, temporary on database %I to sg_owner', current_database());
end
$$;
