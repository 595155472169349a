//! The eight tables of TPC-H (chapter 1.4 of its specification).

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

/// All tables; `create_all` finds their order.
pub(crate) const TABLES: &[&orm::Table] = &[
    LineItem::TABLE,
    PartSupp::TABLE,
    Order::TABLE,
    Customer::TABLE,
    Supplier::TABLE,
    Part::TABLE,
    Nation::TABLE,
    Region::TABLE,
];

#[derive(Model)]
#[orm(table = "region", has_many(nations: Nation))]
pub(crate) struct Region {
    #[orm(primary_key, column = "r_regionkey")]
    pub(crate) key: i64,
    #[orm(column = "r_name")]
    pub(crate) name: String,
    #[orm(column = "r_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(table = "nation", has_many(suppliers: Supplier), has_many(customers: Customer))]
pub(crate) struct Nation {
    #[orm(primary_key, column = "n_nationkey")]
    pub(crate) key: i64,
    #[orm(column = "n_name")]
    pub(crate) name: String,
    #[orm(column = "n_regionkey", belongs_to(region: Region))]
    pub(crate) region_key: i64,
    #[orm(column = "n_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(table = "part", has_many(part_supps: PartSupp), has_many(line_items: LineItem))]
pub(crate) struct Part {
    #[orm(primary_key, column = "p_partkey")]
    pub(crate) key: i64,
    #[orm(column = "p_name")]
    pub(crate) name: String,
    #[orm(column = "p_mfgr")]
    pub(crate) manufacturer: String,
    #[orm(column = "p_brand")]
    pub(crate) brand: String,
    #[orm(column = "p_type")]
    pub(crate) kind: String,
    #[orm(column = "p_size")]
    pub(crate) size: i32,
    #[orm(column = "p_container")]
    pub(crate) container: String,
    #[orm(column = "p_retailprice", type = "numeric(15, 2)")]
    pub(crate) retail_price: Decimal,
    #[orm(column = "p_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(table = "supplier", has_many(part_supps: PartSupp), has_many(line_items: LineItem))]
pub(crate) struct Supplier {
    #[orm(primary_key, column = "s_suppkey")]
    pub(crate) key: i64,
    #[orm(column = "s_name")]
    pub(crate) name: String,
    #[orm(column = "s_address")]
    pub(crate) address: String,
    #[orm(column = "s_nationkey", belongs_to(nation: Nation))]
    pub(crate) nation_key: i64,
    #[orm(column = "s_phone")]
    pub(crate) phone: String,
    #[orm(column = "s_acctbal", type = "numeric(15, 2)")]
    pub(crate) account_balance: Decimal,
    #[orm(column = "s_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(
    table = "partsupp",
    primary_key(part_key, supplier_key),
    index(supplier_key),
    has_many(line_items: LineItem)
)]
pub(crate) struct PartSupp {
    #[orm(column = "ps_partkey", belongs_to(part: Part))]
    pub(crate) part_key: i64,
    #[orm(column = "ps_suppkey", belongs_to(supplier: Supplier))]
    pub(crate) supplier_key: i64,
    #[orm(column = "ps_availqty")]
    pub(crate) available: i32,
    #[orm(column = "ps_supplycost", type = "numeric(15, 2)")]
    pub(crate) supply_cost: Decimal,
    #[orm(column = "ps_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(table = "customer", has_many(orders: Order))]
pub(crate) struct Customer {
    #[orm(primary_key, column = "c_custkey")]
    pub(crate) key: i64,
    #[orm(column = "c_name")]
    pub(crate) name: String,
    #[orm(column = "c_address")]
    pub(crate) address: String,
    #[orm(column = "c_nationkey", belongs_to(nation: Nation))]
    pub(crate) nation_key: i64,
    #[orm(column = "c_phone")]
    pub(crate) phone: String,
    #[orm(column = "c_acctbal", type = "numeric(15, 2)")]
    pub(crate) account_balance: Decimal,
    #[orm(column = "c_mktsegment")]
    pub(crate) market_segment: String,
    #[orm(column = "c_comment")]
    pub(crate) comment: String,
}

#[derive(Model)]
#[orm(table = "orders", index(customer_key), index(order_date), has_many(line_items: LineItem))]
pub(crate) struct Order {
    #[orm(primary_key, column = "o_orderkey")]
    pub(crate) key: i64,
    #[orm(column = "o_custkey", belongs_to(customer: Customer))]
    pub(crate) customer_key: i64,
    #[orm(column = "o_orderstatus")]
    pub(crate) status: OrderStatus,
    #[orm(column = "o_totalprice", type = "numeric(15, 2)")]
    pub(crate) total_price: Decimal,
    #[orm(column = "o_orderdate")]
    pub(crate) order_date: NaiveDate,
    #[orm(column = "o_orderpriority")]
    pub(crate) priority: String,
    #[orm(column = "o_clerk")]
    pub(crate) clerk: String,
    #[orm(column = "o_shippriority")]
    pub(crate) ship_priority: i32,
    #[orm(column = "o_comment")]
    pub(crate) comment: String,
}

/// A PostgreSQL enum.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(name = "order_status")]
pub(crate) enum OrderStatus {
    #[orm(rename = "F")]
    Finished,
    #[orm(rename = "O")]
    Open,
    #[orm(rename = "P")]
    Partial,
}

#[derive(Model)]
#[orm(
    table = "lineitem",
    primary_key(order_key, line_number),
    belongs_to(part_supp: PartSupp, key(part_key, supplier_key)),
    index(ship_date),
    index(part_key, supplier_key)
)]
pub(crate) struct LineItem {
    #[orm(column = "l_orderkey", belongs_to(order: Order))]
    pub(crate) order_key: i64,
    #[orm(column = "l_partkey", belongs_to(part: Part))]
    pub(crate) part_key: i64,
    #[orm(column = "l_suppkey", index, belongs_to(supplier: Supplier))]
    pub(crate) supplier_key: i64,
    #[orm(column = "l_linenumber")]
    pub(crate) line_number: i32,
    #[orm(column = "l_quantity", type = "numeric(15, 2)")]
    pub(crate) quantity: Decimal,
    #[orm(column = "l_extendedprice", type = "numeric(15, 2)")]
    pub(crate) extended_price: Decimal,
    #[orm(column = "l_discount", type = "numeric(15, 2)")]
    pub(crate) discount: Decimal,
    #[orm(column = "l_tax", type = "numeric(15, 2)")]
    pub(crate) tax: Decimal,
    #[orm(column = "l_returnflag")]
    pub(crate) return_flag: String,
    #[orm(column = "l_linestatus")]
    pub(crate) line_status: String,
    #[orm(column = "l_shipdate")]
    pub(crate) ship_date: NaiveDate,
    #[orm(column = "l_commitdate")]
    pub(crate) commit_date: NaiveDate,
    #[orm(column = "l_receiptdate")]
    pub(crate) receipt_date: NaiveDate,
    #[orm(column = "l_shipinstruct")]
    pub(crate) ship_instructions: String,
    #[orm(column = "l_shipmode")]
    pub(crate) ship_mode: String,
    #[orm(column = "l_comment")]
    pub(crate) comment: String,
}
