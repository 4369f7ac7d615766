-- The network that an address counts for: IPv4 as it is, IPv6 by its first 64 bits (one household or host has all the rest).
create or replace function core.network_of(p_address text) returns text
  language plpgsql immutable as $$
begin
  return case family(p_address::inet) when 6 then network(set_masklen(p_address::inet, 64))::text else host(p_address::inet) end;
exception
  when data_exception then
    return left(coalesce(p_address, ''), 64);
end
$$;
