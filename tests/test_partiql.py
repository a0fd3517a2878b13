"""PartiQL with boto3: statements, batches, transactions, and who may run them."""

import uuid

import pytest
from botocore.exceptions import ClientError

from harness.clients import Clients, refused
from harness.identities import allow, create_user, deny, unique

MALFORMED = "Statement wasn't well formed, can't be processed: "


class Sql:
    """Statements on one table, which they call `{t}`."""

    def __init__(self, clients: Clients, table: str):
        self.clients, self.dynamodb, self.table = clients, clients.dynamodb, table

    def __call__(self, statement: str, *parameters: dict, **more) -> dict:
        if parameters:
            more["Parameters"] = list(parameters)
        return self.dynamodb.execute_statement(Statement=self.text(statement), **more)

    def items(self, statement: str, *parameters: dict, **more) -> list:
        return self(statement, *parameters, **more)["Items"]

    def text(self, statement: str) -> str:
        return statement.replace("{t}", f'"{self.table}"')

    def several(self, *statements: str) -> list:
        return [{"Statement": self.text(statement)} for statement in statements]

    def as_user(self, *statements: dict) -> "Sql":
        """The same for a user with a policy of these statements."""
        return Sql(create_user(self.clients, *statements), self.table)


@pytest.fixture
def sql(admin) -> Sql:
    name = unique("music")
    admin.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("artist", "song", "genre")
        ],
        KeySchema=[
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "song", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-genre",
                "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    statements = Sql(admin, name)
    for song in ("a", "b", "c"):
        statements(
            "INSERT INTO {t} VALUE"
            f" {{'artist': 'x', 'song': '{song}', 'genre': 'g', 'awards': {{'grammys': [2020]}}, 'n': 1}}"
        )
    return statements


def test_reads(sql):
    all_of_x = "SELECT song FROM {t} WHERE artist = 'x'"
    assert sql.items(all_of_x) == [{"song": {"S": song}} for song in "abc"]
    assert sql.items(all_of_x + " AND song > ? ORDER BY song DESC", {"S": "a"}) == [
        {"song": {"S": "c"}},
        {"song": {"S": "b"}},
    ]
    assert sql.items("SELECT awards.grammys[0] FROM {t} WHERE artist = 'x' AND song = 'a'") == [
        {"grammys[0]": {"N": "2020"}}
    ]
    assert len(sql.items("SELECT * FROM {t}.\"by-genre\" WHERE genre = 'g' AND song <> 'a'")) == 2
    assert len(sql.items("SELECT * FROM {t} WHERE n IS NOT MISSING AND begins_with(song, 'b')")) == 1
    assert sql.items("SELECT * FROM {t} WHERE artist IN ['y', 'z'] AND song = 'a'") == []


def test_pages(sql):
    statement, seen, token = "SELECT * FROM {t} WHERE artist = 'x'", [], {}
    while True:
        answer = sql(statement, Limit=1, ReturnConsumedCapacity="TOTAL", **token)
        assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5
        seen += [item["song"]["S"] for item in answer["Items"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert seen == ["a", "b", "c"]


def test_writes_are_those_of_the_item_operations(sql):
    key = "WHERE artist = 'x' AND song = 'a'"
    change = "SET awards.grammys = list_append(awards.grammys, [2024]) REMOVE n"
    old = sql.items(f"UPDATE {{t}} {change} {key} RETURNING MODIFIED OLD *")
    assert old == [{"awards": {"M": {"grammys": {"L": [{"N": "2020"}]}}}, "n": {"N": "1"}}]
    with refused("DuplicateItemException", 400, "Duplicate primary key exists in table"):
        sql("INSERT INTO {t} VALUE {'artist': 'x', 'song': 'a'}")
    with refused("ConditionalCheckFailedException", 400, "The conditional request failed"):
        sql(f"DELETE FROM {{t}} {key} AND n = 7")
    gone = sql.items(f"DELETE FROM {{t}} {key} RETURNING ALL OLD *")
    assert gone[0]["awards"]["M"]["grammys"]["L"] == [{"N": "2020"}, {"N": "2024"}]
    assert sql.items(f"SELECT * FROM {{t}} {key}") == []
    # Indexes and streams follow.
    assert len(sql.items("SELECT * FROM {t}.\"by-genre\" WHERE genre = 'g'")) == 2
    streams = sql.clients.of("dynamodbstreams")
    stream = streams.list_streams(TableName=sql.table)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT"] * 3 + ["MODIFY", "REMOVE"]


def test_statements_that_are_refused(sql):
    for statement, message in (
        ("SELECT * FROM {t} WHERE", MALFORMED + "Unexpected term"),
        ("SELECT * FROM {t} LIMIT 5", None),
        ("UPDATE {t} SET n = 1 WHERE artist = 'x'", "Where clause does not contain a mandatory equality on all key attributes"),
        ("SELECT * FROM {t} WHERE artist = ?", "Number of parameters in request and statement don't match."),
    ):
        with refused("ValidationException", 400, message):
            sql(statement)
    with refused("ResourceNotFoundException", 400, "Requested resource not found"):
        sql("SELECT * FROM \"no-such-table\" WHERE artist = 'x'")
    with pytest.raises(ClientError) as caught:
        sql("SELECT * FROM {t}" + " " * 8192)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_batches(sql):
    answer = sql.dynamodb.batch_execute_statement(
        Statements=sql.several(
            "INSERT INTO {t} VALUE {'artist': 'y', 'song': 'a'}",
            "INSERT INTO {t} VALUE {'artist': 'x', 'song': 'a'}",
            "UPDATE \"no-such-table\" SET n = 1 WHERE artist = 'x' AND song = 'a'",
        )
    )
    codes = [member.get("Error", {}).get("Code") for member in answer["Responses"]]
    assert codes == [None, "DuplicateItem", "ResourceNotFound"]
    one = "SELECT song FROM {t} WHERE artist = 'x' AND song = 'b'"
    answer = sql.dynamodb.batch_execute_statement(Statements=sql.several(one, one.replace("'b'", "'none'")))
    assert [member.get("Item") for member in answer["Responses"]] == [{"song": {"S": "b"}}, None]
    with refused("ValidationException", 400):
        sql.dynamodb.batch_execute_statement(Statements=sql.several(*[one] * 26))
    with refused("ValidationException", 400):
        sql.dynamodb.batch_execute_statement(
            Statements=sql.several(one, "DELETE FROM {t} WHERE artist = 'x' AND song = 'b'")
        )


def test_transactions(sql):
    key = "artist = 'x' AND song = "
    statements = sql.several(
        f"EXISTS(SELECT * FROM {{t}} WHERE {key}'a' AND n = 1)",
        f"UPDATE {{t}} SET n = n + 1 WHERE {key}'b'",
        f"DELETE FROM {{t}} WHERE {key}'c'",
    )
    token = str(uuid.uuid4())
    for _ in range(2):  # The second is the same request again.
        sql.dynamodb.execute_transaction(TransactStatements=statements, ClientRequestToken=token)
    read = sql.dynamodb.execute_transaction(
        TransactStatements=sql.several(
            f"SELECT n FROM {{t}} WHERE {key}'b'", f"SELECT * FROM {{t}} WHERE {key}'c'"
        )
    )
    assert read["Responses"] == [{"Item": {"n": {"N": "2"}}}, {}]
    with refused("IdempotentParameterMismatchException", 400):
        sql.dynamodb.execute_transaction(TransactStatements=statements[:2], ClientRequestToken=token)
    failing = sql.several(
        f"UPDATE {{t}} SET n = 9 WHERE {key}'a'", f"DELETE FROM {{t}} WHERE {key}'b' AND n = 7"
    )
    failing[1]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with refused("TransactionCanceledException", 400) as caught:
        sql.dynamodb.execute_transaction(TransactStatements=failing)
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["n"] == {"N": "2"}
    assert sql.items(f"SELECT n FROM {{t}} WHERE {key}'a'") == [{"n": {"N": "1"}}]


def test_each_kind_of_statement_is_allowed_on_its_own(sql):
    reader = sql.as_user(allow("dynamodb:PartiQLSelect"))
    reader("SELECT * FROM {t}")
    key = "WHERE artist = 'x' AND song = 'a'"
    writes = {
        "Insert": "INSERT INTO {t} VALUE {'artist': 'z', 'song': 'a'}",
        "Update": f"UPDATE {{t}} SET n = 1 {key}",
        "Delete": f"DELETE FROM {{t}} {key}",
    }
    for kind, statement in writes.items():
        with refused("AccessDeniedException", 400) as caught:
            reader(statement)
        assert f"dynamodb:PartiQL{kind}" in str(caught.value)
        sql.as_user(allow(f"dynamodb:PartiQL{kind}"))(statement)
    with refused("AccessDeniedException", 400):
        sql.as_user(allow("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"))("SELECT * FROM {t}")


def test_full_scans_can_be_denied(sql):
    whole = {"Bool": {"dynamodb:FullTableScan": ["true"]}}
    careful = sql.as_user(allow("dynamodb:PartiQLSelect"), deny("dynamodb:PartiQLSelect", Condition=whole))
    careful("SELECT * FROM {t} WHERE artist = 'x'")
    careful("SELECT * FROM {t} WHERE artist IN ['x', 'y']")
    for statement in ("SELECT * FROM {t}", "SELECT * FROM {t} WHERE song = 'a'", "SELECT * FROM {t}.\"by-genre\""):
        with refused("AccessDeniedException", 400):
            careful(statement)


def test_indexes_are_resources_of_their_own(sql):
    index = f"arn:aws:dynamodb:*:*:table/{sql.table}/index/by-genre"
    user = sql.as_user(allow("dynamodb:PartiQLSelect", on=index))
    user("SELECT * FROM {t}.\"by-genre\" WHERE genre = 'g'")
    with refused("AccessDeniedException", 400):
        user("SELECT * FROM {t} WHERE artist = 'x'")
