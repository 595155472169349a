//! The table that these tests read.

use orm::prelude::*;
use rust_decimal::Decimal;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(name = "channel")]
pub(crate) enum Channel {
    Shop,
    Web,
}

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
pub(crate) struct SellerId(pub(crate) i32);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "sales")]
pub(crate) struct Sale {
    #[orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) region: String,
    pub(crate) city: Option<String>,
    pub(crate) channel: Channel,
    pub(crate) seller: SellerId,
    pub(crate) amount: i32,
    pub(crate) discount: Option<f64>,
    pub(crate) price: Decimal,
    pub(crate) paid: bool,
    pub(crate) day: chrono::NaiveDate,
    pub(crate) took: Interval,
}

pub(crate) fn day(day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2024, 1 + day / 100, day % 100).unwrap()
}

/// Six sales: three in the north, two in the south, one in the west; two of them without a city.
pub(crate) async fn sales(db: Database) -> Result<(), Error> {
    orm::create_all(&[Sale::TABLE], &db).await?;
    let rows = [
        (1, "north", Some("Oslo"), Channel::Web, 5, Some(0.5), true, 1),
        (2, "north", Some("Bergen"), Channel::Shop, 3, None, false, 2),
        (3, "north", None, Channel::Web, 3, Some(0.25), true, 102),
        (4, "south", Some("Rome"), Channel::Web, 8, None, true, 3),
        (5, "south", Some("Rome"), Channel::Shop, 1, Some(0.0), true, 110),
        (6, "west", None, Channel::Shop, 7, None, false, 4),
    ];
    let rows = rows.map(|(id, region, city, channel, amount, discount, paid, on)| NewSale {
        id,
        region: region.to_owned(),
        city: city.map(str::to_owned),
        channel,
        seller: SellerId(id % 2),
        amount,
        discount,
        price: Decimal::new(i64::from(amount) * 150, 2),
        paid,
        day: day(on),
        took: Interval::hours(i64::from(id).try_into().unwrap()),
    });
    Sale::insert_many(rows).execute(&db).await?;
    Ok(())
}
