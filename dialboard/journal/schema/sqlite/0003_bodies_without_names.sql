-- From here on a body is an array of the event's values. Older ones, maps, are read as well; an older Dialboard cannot
-- read the new ones and refuses a journal with this number.
SELECT 1;
