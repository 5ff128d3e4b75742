-- Code lists of the PIF files. The vendor adds codes without notice: a load inserts a code it does not find here
-- in its own transaction, so these tables cover every code in the master tables without foreign keys.

create table ref_issuer_type (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issuer_type_pkey primary key (code)
);
comment on table ref_issuer_type is 'Kind of issuer: the codes of issuer_type.';
comment on column ref_issuer_type.code is 'Code as it stands in the files.';
comment on column ref_issuer_type.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_issuer_status is 'Status of an issuer: the codes of issuer_status.';
comment on column ref_issuer_status.code is 'Code as it stands in the files.';
comment on column ref_issuer_status.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
insert into ref_issuer_status (code, description) values
    ('A', 'Active'),
    ('D', 'Suspend');

create table ref_issuer_transaction (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_issuer_transaction_pkey primary key (code)
);
comment on table ref_issuer_transaction is 'Why an issuer record was sent: the codes of issuer_transaction.';
comment on column ref_issuer_transaction.code is 'Code as it stands in the files.';
comment on column ref_issuer_transaction.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_issue_status is 'Status of an issue: the codes of issue_status.';
comment on column ref_issue_status.code is 'Code as it stands in the files.';
comment on column ref_issue_status.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_issue_transaction is 'Why an issue record was sent: the codes of issue_transaction.';
comment on column ref_issue_transaction.code is 'Code as it stands in the files.';
comment on column ref_issue_transaction.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_govt_stimulus_program is 'Government stimulus program of an issue: the codes of govt_stimulus_program.';
comment on column ref_govt_stimulus_program.code is 'Code as it stands in the files.';
comment on column ref_govt_stimulus_program.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_payment_frequency is 'How often interest or dividends are paid: the codes of payment_frequency.';
comment on column ref_payment_frequency.code is 'Code as it stands in the files.';
comment on column ref_payment_frequency.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
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
comment on table ref_sale_type is 'How a municipal issue was sold: the codes of sale_type.';
comment on column ref_sale_type.code is 'Code as it stands in the files.';
comment on column ref_sale_type.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
insert into ref_sale_type (code, description) values
    ('C', 'Competitive'),
    ('G', 'Negotiated');

create table ref_offering_amount_code (
    code varchar(1) collate "C" not null,
    description text not null,
    constraint ref_offering_amount_code_pkey primary key (code)
);
comment on table ref_offering_amount_code is 'Unit of an offering amount: the codes of offering_amount_code.';
comment on column ref_offering_amount_code.code is 'Code as it stands in the files.';
comment on column ref_offering_amount_code.description is 'What readers see for the code; for a code in no list, that it is undocumented and since when.';
insert into ref_offering_amount_code (code, description) values
    ('K', 'Thousands'),
    ('M', 'Millions'),
    ('B', 'Billions');
