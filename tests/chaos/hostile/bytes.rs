//! Messages of the protocol, right and wrong ones.

/// A message with its length.
pub(crate) fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    declared(tag, i32::try_from(body.len() + 4).unwrap(), body)
}

/// A message that says this length, whatever its body has.
pub(crate) fn declared(tag: u8, length: i32, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

/// `Authentication…` with its code.
pub(crate) fn authentication(code: i32, body: &[u8]) -> Vec<u8> {
    message(b'R', &[&code.to_be_bytes()[..], body].concat())
}

/// `ReadyForQuery`, outside of a transaction.
pub(crate) fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// All that a server says to a start-up message that it accepts.
pub(crate) fn welcome() -> Vec<u8> {
    let parameter = message(b'S', b"server_version\x0015.0\0");
    [authentication(0, b""), parameter, message(b'K', &[0; 8]), ready()].concat()
}

/// `RowDescription` that says `count` columns and has one, an int4.
pub(crate) fn columns(count: u16) -> Vec<u8> {
    let column = [
        &b"n\0"[..],
        &[0; 6],
        &23_i32.to_be_bytes(),
        &4_i16.to_be_bytes(),
        &[0xff; 4],
        &[0, 0],
    ]
    .concat();
    message(b'T', &[&count.to_be_bytes()[..], &column].concat())
}

/// `DataRow` that says `count` cells, with these bytes for them.
pub(crate) fn data_row(count: u16, cells: &[u8]) -> Vec<u8> {
    message(b'D', &[&count.to_be_bytes()[..], cells].concat())
}

/// An int4 as a cell.
pub(crate) fn cell(value: i32) -> Vec<u8> {
    [4_i32.to_be_bytes(), value.to_be_bytes()].concat()
}

pub(crate) fn complete(tag: &str) -> Vec<u8> {
    message(b'C', &[tag.as_bytes(), b"\0"].concat())
}

pub(crate) fn notice() -> Vec<u8> {
    message(b'N', b"SNOTICE\0VNOTICE\0C00000\0Mnothing\0\0")
}

/// Bytes that are no message.
pub(crate) fn garbage() -> Vec<u8> {
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request".to_vec()
}
