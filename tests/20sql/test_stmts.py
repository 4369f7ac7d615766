"""The table of statements against the database: each prepares under the role it is meant for, with the parameters it says."""

import os
import subprocess

import psycopg
import pytest

URL, BUILD = os.environ["SG_SQL_URL"], os.environ["SG_SQL_BUILD"]
ROWS = [line.split("\t") for line in subprocess.run([f"{BUILD}/tests/sql_stmts"], capture_output=True, text=True,
    check=True).stdout.splitlines()]

# Columns that state_decode() reads by place after what the function gives itself.
STATE = """school_id student_id version parameters_id external_id zone track attempt failures exam_day dedicated_day permit_from permit_to deadline enrolled
           enrolled_at last_sync_at previous_state pending_runs results last_failed_day sittings date_moves
           study""".split()

# Columns that pasts_decode() reads by place.
PAST = """school_id student_id external_id zone class_year track parameters_id previous_state pending_runs plans attempts results
           study""".split()


@pytest.mark.parametrize("role,name,params,sql", ROWS, ids=[row[1] for row in ROWS])
def test_a_statement_prepares_under_its_role(role, name, params, sql):
    with psycopg.connect(f"{URL} user={role}") as connection:
        connection.execute(f"prepare {name} as {sql}")
        types, = connection.execute("select parameter_types::text[] from pg_prepared_statements where name = %s", [name]).fetchone()
        assert len(types) == int(params)
        assert not {"unknown", "jsonb", "json"} & set(types)  # JSON travels as text: its binary form begins with a version


def test_statements_have_names_of_their_own():
    names = [row[1] for row in ROWS]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize("role,name,params,sql", [row for row in ROWS if "(r." in row[3] or "select r.*" in row[3]], ids=lambda v: v
    if " " not in v else "")
def test_a_state_comes_in_the_columns_that_are_decoded(role, name, params, sql):
    with psycopg.connect(f"{URL} user={role}") as connection:
        nulls = sql
        for n in range(int(params), 0, -1):
            nulls = nulls.replace(f"${n}", "null")
        # Without running it: an empty row of the same shape.
        columns = [c.name for c in connection.execute(f"select * from ({nulls}) x limit 0").description]
        assert columns[-len(STATE):] == STATE


@pytest.mark.parametrize("role,name,params,sql", [row for row in ROWS if "select p.*" in row[3]], ids=lambda v: v if " " not in v else "")
def test_a_past_comes_in_the_columns_that_are_decoded(role, name, params, sql):
    with psycopg.connect(f"{URL} user={role}") as connection:
        for n in range(int(params), 0, -1):
            sql = sql.replace(f"${n}", "null")
        assert [c.name for c in connection.execute(f"select * from ({sql}) x limit 0").description] == PAST
