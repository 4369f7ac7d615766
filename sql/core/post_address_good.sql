-- Whether an address can be written in a mail: ASCII, one @, nothing that could end a header or a command. Quoted local parts,
-- which nobody at a school has, are none. server/report/mail.c looks again before it writes one.
create or replace function core.post_address_good(p_address text) returns bool
  language sql immutable parallel safe
  return coalesce(length(p_address) <= 254
                  and p_address ~ ('^[A-Za-z0-9!#$%&''*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
                                   '(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$')
                  and p_address !~ '(^\.|\.\.|\.@)', false);
