-- How agencies keep their limits. Outcomes are only appended, so that no row is hot; once a day they are added up.
create table agency_outcome (
  agency text not null,
  day date not null,
  met smallint not null,
  missed smallint not null
);

create table agency_day (
  agency text not null,
  day date not null,
  met integer not null,
  missed integer not null,
  primary key (agency, day)
);
create index agency_day_window on agency_day (day);

-- What was told of an agency last.
create table agency_standing (
  agency text primary key,
  number integer not null,
  chronic boolean not null,
  since date not null,
  told_on date not null
);

-- Each day is judged once, by whichever instance comes to it first.
create table judged_day (
  day date primary key
);
