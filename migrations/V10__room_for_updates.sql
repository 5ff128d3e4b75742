-- Room in each page of the master tables for the new versions of rows that a daily file changes.
--
-- Of the yardstick day's changes (2 % of the rows, docs/performance.md), 19,973 of 20,000 attribute rows and 8,935 of
-- 20,000 issues then stayed in their page, so that no index was touched (HOT updates); without room it was
-- less than one in ten. Together with a log compressed by lz4, which came at the same time and was not measured apart, the
-- server's time for that day fell from 7.1 to 10.2 s to 4.5 to 4.8 s.
-- Rows that are there already stay where they are; the room comes with the pages that are written from now on.

alter table issuer set (fillfactor = 95);
alter table issue set (fillfactor = 95);
alter table issue_attribute set (fillfactor = 95);
