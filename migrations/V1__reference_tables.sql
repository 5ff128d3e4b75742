-- The code lists of the PIF files.
--
-- The vendor adds codes without notice. A load that meets an unknown code inserts it here in its own transaction, so
-- these tables cover every code of the master tables without foreign keys.

create table ref_issuer_type (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issuer_type_pkey primary key (code)
);
comment on table ref_issuer_type is 'Codes of issuer_type: the kind of issuer.';
comment on column ref_issuer_type.code is 'Code as in the files.';
comment on column ref_issuer_type.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_issuer_type (code, description) values
    ('C', 'Corporate Issuer'),
    ('M', 'Municipal Issuer'),
    ('G', 'U.S. Government Issuer'),
    ('S', 'Sovereign Issuer');

create table ref_issuer_status (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issuer_status_pkey primary key (code)
);
comment on table ref_issuer_status is 'Codes of issuer_status: the status of an issuer.';
comment on column ref_issuer_status.code is 'Code as in the files.';
comment on column ref_issuer_status.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_issuer_status (code, description) values
    ('A', 'Active'),
    ('D', 'Suspend');

create table ref_issuer_transaction (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issuer_transaction_pkey primary key (code)
);
comment on table ref_issuer_transaction is 'Codes of issuer_transaction: why an issuer record was sent.';
comment on column ref_issuer_transaction.code is 'Code as in the files.';
comment on column ref_issuer_transaction.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_issuer_transaction (code, description) values
    ('A', 'New Issuer'),
    ('B', 'New Issuer - Company Name Change'),
    ('L', 'Description Correction Not Requiring New Number'),
    ('N', 'Company Name Change Not Requiring New Number'),
    ('R', 'Suspend Drop: Merged, Name Changed, Assets Acquired, Re-Domiciled'),
    ('T', 'Suspend Drop: Bankrupt, Liquidated, Authority Discontinued'),
    ('W', 'Immediate Drop: Registration Withdrawn');

create table ref_issue_status (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issue_status_pkey primary key (code)
);
comment on table ref_issue_status is 'Codes of issue_status: the status of an issue.';
comment on column ref_issue_status.code is 'Code as in the files.';
comment on column ref_issue_status.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_issue_status (code, description) values
    ('A', 'Active'),
    ('T', 'Temporary Add - Rate/Maturity Not Final'),
    ('D', 'Suspend'),
    ('X', 'Issue Presumed Inactive'),
    ('Z', 'Issue Matured');

create table ref_issue_transaction (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issue_transaction_pkey primary key (code)
);
comment on table ref_issue_transaction is 'Codes of issue_transaction: why an issue record was sent.';
comment on column ref_issue_transaction.code is 'Code as in the files.';
comment on column ref_issue_transaction.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_issue_transaction (code, description) values
    ('A', 'New Issue'),
    ('D', 'Tentative Add - Coupon Rate Not Yet Available'),
    ('L', 'Description Correction Not Requiring New Number'),
    ('M', 'Tentative Add Now Permanent'),
    ('S', 'Suspend Drop: Called, Expired, Exchanged, Redeemed'),
    ('W', 'Immediate Drop: Registration Withdrawn');

create table ref_govt_stimulus_program (
    code varchar(10) collate "C" not null,
    description text not null,
    constraint ref_govt_stimulus_program_pkey primary key (code)
);
comment on table ref_govt_stimulus_program is 'Codes of govt_stimulus_program: the government stimulus program of an issue.';
comment on column ref_govt_stimulus_program.code is 'Code as in the files.';
comment on column ref_govt_stimulus_program.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_govt_stimulus_program (code, description) values
    ('A', 'Qualified Zone Academy Bonds (QZAB)'),
    ('B', 'Build America Bonds'),
    ('C', 'Recovery Zone Facility Bonds'),
    ('D', 'New Clean Renewable Energy Bonds (New CREB)'),
    ('E', 'Qualified Energy Conservation Bonds'),
    ('F', 'FDIC TLGP'),
    ('G', 'Tribal Economic Development Bonds'),
    ('H', 'New Issue Bond Program NIBP - US Treasury HFA'),
    ('M', 'Municipal Liquidity Facility'),
    ('N', 'N/A'),
    ('P', 'TARP'),
    ('Q', 'Qualified School Construction Bonds'),
    ('R', 'Recovery Zone Economic Development Bonds'),
    ('T', 'TALF'),
    ('V', 'Clean Renewable Energy Bonds (CREB)');

create table ref_payment_frequency (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_payment_frequency_pkey primary key (code)
);
comment on table ref_payment_frequency is 'Codes of payment_frequency: how often interest or dividends are paid.';
comment on column ref_payment_frequency.code is 'Code as in the files.';
comment on column ref_payment_frequency.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_payment_frequency (code, description) values
    ('1', 'Daily'),
    ('2', 'Weekly'),
    ('3', 'Monthly'),
    ('4', 'Quarterly'),
    ('5', 'Semi-Annually'),
    ('6', 'Annually'),
    ('7', 'At Maturity'),
    ('8', 'Zero Coupon / Capital Appreciation Bonds'),
    ('9', 'Semi-Monthly'),
    ('Z', 'Not Applicable');

create table ref_sale_type (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_sale_type_pkey primary key (code)
);
comment on table ref_sale_type is 'Codes of sale_type: how a municipal issue was sold.';
comment on column ref_sale_type.code is 'Code as in the files.';
comment on column ref_sale_type.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_sale_type (code, description) values
    ('C', 'Competitive'),
    ('G', 'Negotiated');

create table ref_offering_amount_code (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_offering_amount_code_pkey primary key (code)
);
comment on table ref_offering_amount_code is 'Codes of offering_amount_code: the unit of an offering amount.';
comment on column ref_offering_amount_code.code is 'Code as in the files.';
comment on column ref_offering_amount_code.description is 'Description that readers see. For a code that is in no list: that it is undocumented, and since when.';
insert into ref_offering_amount_code (code, description) values
    ('K', 'Thousands'),
    ('M', 'Millions'),
    ('B', 'Billions');
