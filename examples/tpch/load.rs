//! Generating rows and storing them in batches, with a progress bar per table.

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use orm::prelude::*;
use rust_decimal::Decimal;
use tpchgen::dates::TPCHDate;
use tpchgen::decimal::TPCHDecimal;
use tpchgen::generators as tpch;

use crate::Failure;
use crate::models::*;

/// Rows of one `insert_many`: large enough for COPY.
const BATCH: usize = 20_000;

/// Loads all tables, those that others point to first; gives the number of rows.
pub(crate) async fn all(scale: f64, db: &Database) -> Result<u64, Failure> {
    let mut rows = 0;
    rows += load::<Region, _>(tpch::RegionGenerator::new(scale, 1, 1).iter().map(region), 5, db).await?;
    rows += load::<Nation, _>(tpch::NationGenerator::new(scale, 1, 1).iter().map(nation), 25, db).await?;
    let parts = tpch::PartGenerator::new(scale, 1, 1);
    let count = tpch::PartGenerator::calculate_row_count(scale, 1, 1);
    rows += load::<Part, _>(parts.iter().map(part), count, db).await?;
    let suppliers = tpch::SupplierGenerator::new(scale, 1, 1);
    let count = tpch::SupplierGenerator::calculate_row_count(scale, 1, 1);
    rows += load::<Supplier, _>(suppliers.iter().map(supplier), count, db).await?;
    let part_supps = tpch::PartSuppGenerator::new(scale, 1, 1);
    let count = tpch::PartSuppGenerator::calculate_row_count(scale, 1, 1) * 4;
    rows += load::<PartSupp, _>(part_supps.iter().map(part_supp), count, db).await?;
    let customers = tpch::CustomerGenerator::new(scale, 1, 1);
    let count = tpch::CustomerGenerator::calculate_row_count(scale, 1, 1);
    rows += load::<Customer, _>(customers.iter().map(customer), count, db).await?;
    let orders = tpch::OrderGenerator::new(scale, 1, 1);
    let count = tpch::OrderGenerator::calculate_row_count(scale, 1, 1);
    rows += load::<Order, _>(orders.iter().map(order), count, db).await?;
    let lines = tpch::LineItemGenerator::new(scale, 1, 1);
    rows += load::<LineItem, _>(lines.iter().map(line_item), count * 4, db).await?;
    Ok(rows)
}

/// Stores the rows of one table in batches. `about` is how many there will be, for the bar.
async fn load<M, I>(rows: impl Iterator<Item = I>, about: i64, db: &Database) -> Result<u64, Failure>
where
    M: TableModel,
    I: IntoInsert<M>,
{
    let bar = ProgressBar::new(about.unsigned_abs());
    bar.set_style(ProgressStyle::with_template(
        "{prefix:>8} {bar:32} {human_pos:>9} rows {per_sec:>16}",
    )?);
    bar.set_prefix(M::TABLE.name);
    let mut rows = rows.peekable();
    let mut stored = 0;
    while rows.peek().is_some() {
        let batch: Vec<I> = rows.by_ref().take(BATCH).collect();
        stored += M::insert_many(batch).execute(db).await?;
        bar.set_position(stored);
    }
    bar.finish();
    // The bar shows itself on terminals only.
    if bar.is_hidden() {
        let rate = stored as f64 / bar.elapsed().as_secs_f64().max(1e-9);
        println!("{:>8} {stored:>9} rows {rate:>12.0}/s", M::TABLE.name);
    }
    Ok(stored)
}

fn money(cents: TPCHDecimal) -> Decimal {
    Decimal::new(cents.into_inner(), 2)
}

fn date(date: TPCHDate) -> NaiveDate {
    NaiveDate::from_epoch_days(date.to_unix_epoch()).unwrap_or_default()
}

fn region(row: tpch::Region<'_>) -> NewRegion {
    NewRegion {
        key: row.r_regionkey,
        name: row.r_name.to_owned(),
        comment: row.r_comment.to_owned(),
    }
}

fn nation(row: tpch::Nation<'_>) -> NewNation {
    NewNation {
        key: row.n_nationkey,
        name: row.n_name.to_owned(),
        region_key: row.n_regionkey,
        comment: row.n_comment.to_owned(),
    }
}

fn part(row: tpch::Part<'_>) -> NewPart {
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

fn supplier(row: tpch::Supplier) -> NewSupplier {
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

fn part_supp(row: tpch::PartSupp<'_>) -> NewPartSupp {
    NewPartSupp {
        part_key: row.ps_partkey,
        supplier_key: row.ps_suppkey,
        available: row.ps_availqty,
        supply_cost: money(row.ps_supplycost),
        comment: row.ps_comment.to_owned(),
    }
}

fn customer(row: tpch::Customer<'_>) -> NewCustomer {
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

fn order(row: tpch::Order<'_>) -> NewOrder {
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

fn line_item(row: tpch::LineItem<'_>) -> NewLineItem {
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
