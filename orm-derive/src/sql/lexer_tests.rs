//! Random texts against the server's own lexer: what is taken to be outside of a literal must be a parameter there.
//!
//! The generator has a fixed seed, so a failure comes again.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};

use super::template::{Form, Part, Template};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % bound
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn many(&mut self, list: &[&str]) -> String {
        (0..self.below(7)).map(|_| self.of(list)).collect()
    }
}

/// What means something in some place, and nothing in another.
const HOSTILE: &[&str] = &[
    "'", "\"", "\\", "$", "$$", "$a$", "$b$", "--", "/*", "*/", "\n", " ", "{x}", "{", "}", "a", "E", "1", ";", "$1",
    "(", "é",
];

/// Text between literals.
const SPACES: &[&str] = &[
    " ",
    "\n",
    "\t",
    " -- ' \" $$\n",
    "/* ' */",
    "/* /* $$ */ \" */ ",
    "--\n",
    "\r",
];

/// A literal or a capture, and what it is worth; `None` for a capture.
fn operand(random: &mut Random) -> (String, Option<String>) {
    let content = random.many(HOSTILE);
    let quoted = content.replace('\'', "''");
    let (sql, value) = match random.below(6) {
        0 => return ("{x}".to_owned(), None),
        1 => (
            format!("E'{}'", content.replace('\\', "\\\\").replace('\'', "\\'")),
            content,
        ),
        2 => (format!("e'{}'", quoted.replace('\\', "\\\\")), content),
        3 => {
            // Each line goes on with the escapes of the first.
            let more = random.many(HOSTILE);
            let sql = format!(
                "E'{}' {}\n '{}'",
                quoted.replace('\\', "\\\\"),
                random.of(&["", "-- it's\n", "\t"]),
                more.replace('\\', "\\\\").replace('\'', "\\'")
            );
            (sql, content + &more)
        }
        4 => {
            let free = content.replace("$a$", "").replace("$b$", "");
            // Its last part must not be the beginning of the closing tag.
            (format!("$_tag${free} $_tag$"), format!("{free} "))
        }
        _ => (format!("'{quoted}'"), content),
    };
    // Braces are doubled for the macro.
    (sql.replace('{', "{{").replace('}', "}}"), Some(value))
}

/// `operand || operand …` with comments and white space between, and the values.
fn statement(random: &mut Random) -> (String, Vec<Option<String>>) {
    let mut text = "SELECT ".to_owned();
    let mut values = Vec::new();
    for index in 0..=random.below(5) {
        if index > 0 {
            text += &format!("{}||{}", random.of(SPACES), random.of(SPACES));
        }
        let (sql, value) = operand(random);
        text += &sql;
        values.push(value);
    }
    (text, values)
}

/// The text with numbered parameters, and their number; `None` if it is refused.
fn numbered(text: &str) -> Option<(String, usize)> {
    let parts = Template::parse(text, Form::Statement).ok()?.parts;
    let (mut sent, mut count) = (String::new(), 0);
    for part in parts {
        match part {
            Part::Sql(sql) => sent += &sql,
            Part::Capture(..) => {
                count += 1;
                sent += &format!("${count}");
            }
        }
    }
    Some((sent, count))
}

fn with_a_client(test: impl AsyncFnOnce(Client)) {
    let url = orm_embedded::url().expect("a server for the tests");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls)
            .await
            .expect("the server can be reached");
        tokio::spawn(connection);
        test(client).await;
    });
}

#[test]
fn literals_are_worth_what_they_were_made_of_and_captures_are_parameters() {
    with_a_client(async |client| {
        let mut random = Random(0x5eed);
        let mut captured = 0;
        for _ in 0..1_500 {
            let (text, values) = statement(&mut random);
            let (sent, count) = numbered(&text).unwrap_or_else(|| panic!("refused: {text}"));
            captured += count;
            let types = vec![Type::TEXT; count];
            let prepared = client.prepare_typed(&sent, &types).await;
            let prepared = prepared.unwrap_or_else(|error| panic!("{text}\n{sent}\n{error:?}"));
            assert_eq!(prepared.params().len(), count, "{text}");
            let given: Vec<String> = (0..count).map(|index| format!("<'{index}\">")).collect();
            let mut next = given.iter();
            let parts = values
                .iter()
                .map(|value| value.as_ref().unwrap_or_else(|| next.next().expect("one for each")));
            let expected: String = parts.map(String::as_str).collect();
            let params = given
                .iter()
                .map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync));
            let row = client
                .query_one(&prepared, &params.collect::<Vec<_>>())
                .await
                .expect(&text);
            assert_eq!(row.get::<_, Option<&str>>(0), Some(&*expected), "{text}");
        }
        assert!(captured > 500, "{captured} captures");
    });
}

/// Texts that were damaged: most are no SQL any more, but where both understand one, they understand the same.
#[test]
fn a_damaged_text_has_as_many_parameters_as_the_server_finds() {
    with_a_client(async |client| {
        let mut random = Random(0xbad);
        let (mut understood, mut refused) = (0, 0);
        for _ in 0..4_000 {
            let (mut text, _) = statement(&mut random);
            for _ in 0..=random.below(3) {
                damage(&mut random, &mut text);
            }
            let Some((sent, count)) = numbered(&text) else {
                refused += 1;
                continue;
            };
            if let Ok(prepared) = client.prepare_typed(&sent, &vec![Type::TEXT; count]).await {
                assert_eq!(prepared.params().len(), count, "{text}\n{sent}");
                let highest = sent.matches('$').count();
                understood += usize::from(count > 0 && highest >= count);
            }
        }
        assert!(
            understood > 400 && refused > 400,
            "{understood} understood, {refused} refused"
        );
    });
}

/// Takes a character away, or puts something hostile in.
fn damage(random: &mut Random, text: &mut String) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).skip("SELECT ".len()).collect();
    let Some(at) = places.get(random.below(places.len().max(1))) else {
        return;
    };
    if random.below(2) == 0 {
        text.remove(*at);
    } else {
        text.insert_str(*at, random.of(HOSTILE));
    }
}
