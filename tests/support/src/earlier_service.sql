-- What the earlier service created besides the tables, as far as moving away from it depends on that.
create index on issuer using gin (search_vector);

create function update_issuer_search() returns trigger language plpgsql as $$ begin
    new.search_vector := to_tsvector('english', concat_ws(' ', new.issuer_name_1, new.issuer_sort_key));
    return new;
end $$;
create trigger issuer_search before insert or update on issuer
    for each row execute function update_issuer_search();

create view v_issuer as
select i.issuer_num, concat(i.issuer_name_1, i.issuer_name_2, i.issuer_name_3) as issuer_name,
    i.issuer_type, t.description as issuer_type_desc
from issuer i left join ref_issuer_type t on t.code = i.issuer_type;

create view v_security as
select concat(e.issuer_num, e.issue_num, e.issue_check) as cusip, i.issuer_name
from issue e join v_issuer i using (issuer_num);

create function search_securities(search_query text)
    returns table (cusip text, issuer_name text)
    language sql stable as $$
    select s.cusip, s.issuer_name from v_security s join issuer i on s.cusip like i.issuer_num || '%'
    where i.search_vector @@ plainto_tsquery('english', search_query)
$$;

create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key);
insert into alembic_version values ('001');
