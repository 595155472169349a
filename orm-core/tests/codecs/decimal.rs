//! numeric.

use orm_core::DbType;
use rust_decimal::Decimal;

use crate::server::Server;

#[test]
fn decimals_keep_every_digit_and_their_scale() {
    let server = Server::connect();
    for text in [
        "0",
        "0.00",
        "1",
        "-1",
        "1.50",
        "-0.0001",
        "10000",
        "100000000",
        "12345.678900",
        "9999.9999",
        "10000.0001",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "7.9228162514264337593543950335",
        "0.0000000000000000000000000001",
        "0.0000000000000000000000000000",
        "-1000000000000000000000000.0000",
    ] {
        let value: Decimal = text.parse().unwrap();
        server.stores(value, text);
        assert_eq!(
            server
                .reads::<Decimal>(&format!("'{text}'::numeric"))
                .unwrap()
                .to_string(),
            text
        );
    }
    server.stores(vec![Some(Decimal::MAX), None], "{79228162514264337593543950335,NULL}");
}

#[test]
fn random_decimals_are_understood() {
    let server = Server::connect();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..1000 {
        let bits = (u128::from(random()) << 32 | u128::from(random() >> 32)) >> (random() % 96);
        let value = Decimal::from_i128_with_scale(bits.cast_signed(), (random() % 29) as u32);
        let (back, text) = server.echo(&value);
        assert_eq!(text, value.to_string());
        assert_eq!(Decimal::decode(back.as_deref()).unwrap().to_string(), text);
    }
}

#[test]
fn numerics_that_a_decimal_cannot_hold() {
    let server = Server::connect();
    server.cannot_read::<Decimal>("'NaN'::numeric", "NaN");
    server.cannot_read::<Decimal>("'Infinity'::numeric", "infinite");
    server.cannot_read::<Decimal>("'-Infinity'::numeric", "infinite");
    server.cannot_read::<Decimal>("'1e131071'::numeric", "96 bits");
    server.cannot_read::<Decimal>("'79228162514264337593543950336'::numeric", "96 bits");
    server.cannot_read::<Decimal>("'7922816251426433759354395033.60'::numeric", "96 bits");
    server.cannot_read::<Decimal>("'1e-29'::numeric", "28 digits after the point");
    server.cannot_read::<Decimal>("'1e-16383'::numeric", "28 digits after the point");
    assert_eq!(
        server.reads::<Decimal>("trim_scale('1.50000000000000000000000000000000'::numeric)"),
        Ok(Decimal::new(15, 1))
    );
    assert_eq!(
        server.reads::<Decimal>("2::numeric / 3").unwrap().to_string(),
        "0.66666666666666666667"
    );
}
