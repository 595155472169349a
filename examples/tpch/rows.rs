//! The generator's rows as rows to insert.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tpchgen::dates::TPCHDate;
use tpchgen::decimal::TPCHDecimal;
use tpchgen::generators as tpch;

use super::models::*;

fn money(cents: TPCHDecimal) -> Decimal {
    Decimal::new(cents.into_inner(), 2)
}

fn date(date: TPCHDate) -> NaiveDate {
    NaiveDate::from_epoch_days(date.to_unix_epoch()).unwrap_or_default()
}

pub(crate) fn region(row: tpch::Region<'_>) -> NewRegion {
    NewRegion {
        key: row.r_regionkey,
        name: row.r_name.to_owned(),
        comment: row.r_comment.to_owned(),
    }
}

pub(crate) fn nation(row: tpch::Nation<'_>) -> NewNation {
    NewNation {
        key: row.n_nationkey,
        name: row.n_name.to_owned(),
        region_key: row.n_regionkey,
        comment: row.n_comment.to_owned(),
    }
}

pub(crate) fn part(row: tpch::Part<'_>) -> NewPart {
    NewPart {
        key: row.p_partkey,
        name: row.p_name.to_string(),
        manufacturer: row.p_mfgr.to_string(),
        brand: row.p_brand.to_string(),
        kind: row.p_type.to_owned(),
        size: row.p_size,
        container: row.p_container.to_owned(),
        retail_price: money(row.p_retailprice),
        comment: row.p_comment.to_owned(),
    }
}

pub(crate) fn supplier(row: tpch::Supplier) -> NewSupplier {
    NewSupplier {
        key: row.s_suppkey,
        name: row.s_name.to_string(),
        address: row.s_address.to_string(),
        nation_key: row.s_nationkey,
        phone: row.s_phone.to_string(),
        account_balance: money(row.s_acctbal),
        comment: row.s_comment,
    }
}

pub(crate) fn part_supp(row: tpch::PartSupp<'_>) -> NewPartSupp {
    NewPartSupp {
        part_key: row.ps_partkey,
        supplier_key: row.ps_suppkey,
        available: row.ps_availqty,
        supply_cost: money(row.ps_supplycost),
        comment: row.ps_comment.to_owned(),
    }
}

pub(crate) fn customer(row: tpch::Customer<'_>) -> NewCustomer {
    NewCustomer {
        key: row.c_custkey,
        name: row.c_name.to_string(),
        address: row.c_address.to_string(),
        nation_key: row.c_nationkey,
        phone: row.c_phone.to_string(),
        account_balance: money(row.c_acctbal),
        market_segment: row.c_mktsegment.to_owned(),
        comment: row.c_comment.to_owned(),
    }
}

pub(crate) fn order(row: tpch::Order<'_>) -> NewOrder {
    NewOrder {
        key: row.o_orderkey,
        customer_key: row.o_custkey,
        status: match row.o_orderstatus {
            tpch::OrderStatus::Fulfilled => OrderStatus::Finished,
            tpch::OrderStatus::Open => OrderStatus::Open,
            tpch::OrderStatus::Pending => OrderStatus::Partial,
        },
        total_price: money(row.o_totalprice),
        order_date: date(row.o_orderdate),
        priority: row.o_orderpriority.to_owned(),
        clerk: row.o_clerk.to_string(),
        ship_priority: row.o_shippriority,
        comment: row.o_comment.to_owned(),
    }
}

pub(crate) fn line_item(row: tpch::LineItem<'_>) -> NewLineItem {
    NewLineItem {
        order_key: row.l_orderkey,
        part_key: row.l_partkey,
        supplier_key: row.l_suppkey,
        line_number: row.l_linenumber,
        quantity: row.l_quantity.into(),
        extended_price: money(row.l_extendedprice),
        discount: money(row.l_discount),
        tax: money(row.l_tax),
        return_flag: row.l_returnflag.to_owned(),
        line_status: row.l_linestatus.to_owned(),
        ship_date: date(row.l_shipdate),
        commit_date: date(row.l_commitdate),
        receipt_date: date(row.l_receiptdate),
        ship_instructions: row.l_shipinstruct.to_owned(),
        ship_mode: row.l_shipmode.to_owned(),
        comment: row.l_comment.to_owned(),
    }
}
