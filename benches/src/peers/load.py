"""Loads authors with their articles with their remarks by asyncpg, once for each line "go".

Answers a line each: "hello" with "ready", "check" with six numbers of what is in the graph, "go" with the seconds that
a load and the dropping of its result took, and those of this process' CPU.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field

import asyncpg
import uvloop

AUTHORS = "SELECT id, email, name FROM authors"
ARTICLES = "SELECT id, author_id, title, score FROM articles WHERE author_id = ANY($1)"
REMARKS = "SELECT id, article_id, text FROM remarks WHERE article_id = ANY($1)"


@dataclass(slots=True)
class Remark:
    id: int
    article_id: int
    text: str


@dataclass(slots=True)
class Article:
    id: int
    author_id: int
    title: str
    score: float
    remarks: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class Author:
    id: int
    email: str
    name: str
    articles: list[Article] = field(default_factory=list)


async def load(connection: asyncpg.Connection) -> list[Author]:
    # asyncpg prepares each statement once and keeps it.
    authors = {row[0]: Author(*row) for row in await connection.fetch(AUTHORS)}
    articles = {}
    for row in await connection.fetch(ARTICLES, list(authors)):
        article = articles[row[0]] = Article(*row)
        authors[article.author_id].articles.append(article)
    for row in await connection.fetch(REMARKS, list(articles)):
        remark = Remark(*row)
        articles[remark.article_id].remarks.append(remark)
    return list(authors.values())


def summary(authors: list[Author]) -> str:
    counts = [0, 0, 0]
    keys = text = scores = 0
    for author in authors:
        counts[0] += 1
        keys += author.id + 1
        text += len(author.email.encode()) + len(author.name.encode())
        for article in author.articles:
            counts[1] += 1
            keys += (author.id + 1) * (article.id + 1)
            text += len(article.title.encode())
            scores += round(article.score * 100)
            for remark in article.remarks:
                counts[2] += 1
                keys += (author.id + 1) * (article.id + 1) * (remark.id + 1)
                text += len(remark.text.encode())
    return " ".join(str(number) for number in (*counts, keys, text, scores))


async def cost(connection: asyncpg.Connection) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    graph = await load(connection)
    del graph
    return f"{time.perf_counter() - wall} {time.process_time() - cpu}"


async def main() -> None:
    connection = await asyncpg.connect(sys.argv[1])
    for word in sys.stdin:
        match word.strip():
            case "hello":
                print("ready", flush=True)
            case "check":
                print(summary(await load(connection)), flush=True)
            case "go":
                print(await cost(connection), flush=True)
    await connection.close()


uvloop.run(main())
