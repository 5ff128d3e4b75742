-- Room in each page of the master tables for the new versions of rows that a daily file changes.
--
-- Measured on the yardstick day (docs/performance.md): changing 2 % of two million rows took 10.2 s of the server's
-- time without room and 4.5 s with it, as 19,973 of 20,000 changed attribute rows and 8,935 of 20,000 changed issues
-- then stay in their page, and no index is touched (HOT updates). The tables are no bigger for it after that day.
-- Rows that are there already stay where they are; the room comes with the pages that are written from now on.

alter table issuer set (fillfactor = 95);
alter table issue set (fillfactor = 95);
alter table issue_attribute set (fillfactor = 95);
