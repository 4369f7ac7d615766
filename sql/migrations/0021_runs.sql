-- A night's run says who was told, and how often it had to be begun.
--
-- Who was told becomes known with the transaction that ends the run (core.post_night), after its files were made: so it stands
-- beside the manifest and not in it, and the files of a night are the same whoever was told.
alter table ops.run add column told jsonb; -- {"brief", "digest", "webhook"}: how many; null: not finished, or before this was kept
alter table ops.run add column begun int4 not null default 1; -- by how many starts, those that were killed included
