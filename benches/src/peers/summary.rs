//! What is in a graph, whoever loaded it and in whatever order.

use std::str::FromStr;

/// Authors with articles with remarks, as most libraries give them.
pub(super) type Graph<Author, Article, Remark> = Vec<(Author, Vec<(Article, Vec<Remark>)>)>;

/// Counts and sums that differ when a row is missing, is there twice, hangs on another parent or has another content.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    authors: i64,
    articles: i64,
    remarks: i64,
    /// The products of each row's key and those of the parents that it hangs on.
    keys: i64,
    /// Bytes of all texts.
    text: i64,
    /// Hundredths.
    scores: i64,
}

impl Summary {
    /// Of models of whatever library: the key, the texts and the score of each.
    pub(super) fn of<A, B, C>(
        graph: &Graph<A, B, C>,
        author: impl Fn(&A) -> (i64, [&str; 2]),
        article: impl Fn(&B) -> (i64, &str, f64),
        remark: impl Fn(&C) -> (i64, &str),
    ) -> Self {
        let mut summary = Self::default();
        for (above, articles) in graph {
            let (author, texts) = author(above);
            summary.author(author, texts);
            for (above, remarks) in articles {
                let (article, title, score) = article(above);
                summary.article([author, article], title, score);
                for (remark, text) in remarks.iter().map(&remark) {
                    summary.remark([author, article, remark], text);
                }
            }
        }
        summary
    }

    pub(super) fn author(&mut self, id: i64, email_and_name: [&str; 2]) {
        self.authors += 1;
        self.row(&[id], &email_and_name);
    }

    /// The keys of the author and the article.
    pub(super) fn article(&mut self, keys: [i64; 2], title: &str, score: f64) {
        self.articles += 1;
        self.scores += (score * 100.0).round() as i64;
        self.row(&keys, &[title]);
    }

    /// The keys of the author, the article and the remark.
    pub(super) fn remark(&mut self, keys: [i64; 3], text: &str) {
        self.remarks += 1;
        self.row(&keys, &[text]);
    }

    fn row(&mut self, keys: &[i64], texts: &[&str]) {
        self.keys += keys.iter().map(|key| key + 1).product::<i64>();
        self.text += texts.iter().map(|text| text.len() as i64).sum::<i64>();
    }
}

/// The six numbers in a line, as a process of another language writes them.
impl FromStr for Summary {
    type Err = Box<dyn std::error::Error>;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let numbers: Vec<i64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [authors, articles, remarks, keys, text, scores] = numbers[..] else {
            return Err(format!("not six numbers: {line:?}").into());
        };
        Ok(Self {
            authors,
            articles,
            remarks,
            keys,
            text,
            scores,
        })
    }
}
