"""From what is stored to what is shown: names, dates, sizes; letters made safe to look at."""
