//! What is wrong with a statement, in the words of the reference parser and of DynamoDB.

use super::ast::Span;
use crate::expression::ExpressionError;
use crate::number::NumberError;

/// A statement that cannot be read: `Statement wasn't well formed, can't be processed: ...`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Characters that make no token; there is nothing behind the colon.
    #[error("")]
    Unreadable,
    #[error("Statement is nested too deeply")]
    TooDeep,
    #[error("Unexpected term")]
    UnexpectedTerm,
    #[error("Unexpected keyword")]
    UnexpectedKeyword,
    #[error("Unexpected operator")]
    UnexpectedOperator,
    #[error("Missing right-hand side expression of infix operator")]
    MissingOperand,
    #[error("Unexpected token after expression")]
    Leftover,
    #[error("Unexpected token after semicolon. (Only one query is allowed.)")]
    SecondStatement,
    #[error("Expected data manipulation")]
    NoManipulation,
    #[error("Expected FROM after DELETE")]
    NoFromAfterDelete,
    #[error("Expected FROM after SELECT list")]
    NoFromAfterSelect,
    #[error("Expected identifier for simple path")]
    NoPath,
    #[error("Invalid path dot component")]
    PathComponent,
    #[error("Invalid path dot component for simple path")]
    SimplePathComponent,
    #[error("Invalid path component for simple path")]
    SimplePathIndex,
    #[error("Expected type name")]
    TypeName,
    #[error("Expected '='")]
    NoAssignment,
    #[error("Expected {0}")]
    Expected(&'static str),
    #[error("Expected {0} keyword")]
    ExpectedKeyword(&'static str),
    #[error("Expected identifier for {0}-alias")]
    NoAlias(&'static str),
    #[error("{0}(*) is not allowed")]
    CallWithStar(String),
    #[error(
        "Other expressions may not be present in the select list when '*' is used without dot notation."
    )]
    StarIsNotAlone,
    #[error("Invalid use of * in select list")]
    MisplacedStar,
    #[error("Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.")]
    ReturningElement,
    #[error("Unsupported syntax in RETURNING columns.")]
    ReturningColumn,
}

/// A statement that can be read and not be carried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatementError {
    #[error("Statement wasn't well formed, can't be processed: {0}")]
    Syntax(#[from] SyntaxError),
    #[error("Unsupported operation: {0}")]
    Operation(&'static str),

    // Tables.
    #[error("Unexpected from source")]
    Source,
    #[error("Only select from a single table or index is supported.")]
    SeveralSources,
    #[error("Aliasing is not supported")]
    Alias,
    #[error("Path component cannot be an empty string")]
    EmptyComponent,
    #[error("A path may contain at most 2 components in the FROM clause")]
    SourceLength,
    #[error("Invalid list expression in source.")]
    SourceIndex,
    #[error(
        "FROM clause may only contain a single table name in data manipulation statements at {0}"
    )]
    InsertIntoIndex(Span),
    #[error("This operation is not supported on an index")]
    WriteToIndex,
    #[error(
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
    )]
    TableName,
    #[error("The table does not have the specified index")]
    UnknownIndex,
    #[error("Strongly consistent read is not supported on Global Secondary Indexes")]
    ConsistentIndexRead,
    #[error(
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."
    )]
    CompositeIndexKey,

    // Select.
    #[error("Select projection doesn't support value or pivot keywords")]
    SelectValue,
    #[error("Changing item's hierarchy while reading isn't supported")]
    ProjectAll,
    #[error("Unexpected path component at {0}")]
    ProjectedComponent(Span),
    #[error("Unexpected path component")]
    ProjectedStatement,
    #[error("Duplicate identifiers in select clause: {0}")]
    RepeatedColumn(String),
    #[error("Unsupported clause: {clause} at {at}")]
    Clause { clause: &'static str, at: Span },
    #[error("Unsupported clause: {0}")]
    Quantifier(&'static str),
    #[error("Must have WHERE clause in the statement when using ORDER BY clause.")]
    OrderWithoutCondition,
    #[error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
    )]
    OrderWithoutKey,
    #[error("Attribute {0} in ORDER BY clause must be part of the primary key")]
    OrderAttribute(String),
    #[error("Argument to ORDER BY must be of type VariableReference. Type: {0}")]
    OrderExpression(&'static str),
    #[error(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
    )]
    OrderWithoutPartition,
    #[error("Overlapping conditions with range keys are not supported in where clause")]
    Overlap,
    #[error("Too many decomposed read operations for a given query.")]
    TooManyReads,
    #[error("Invalid NextToken")]
    NextToken,
    #[error("NextToken does not match request")]
    ForeignNextToken,

    // Keys.
    #[error("Key attribute's data type should match its data type in table's schema: Key {0}")]
    KeyType(String),
    #[error("Key attribute should be present in the item: Key {0}")]
    KeyAbsent(String),
    #[error(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key {0}"
    )]
    KeyPath(String),
    #[error("Where clause does not contain a mandatory equality on all key attributes")]
    IncompleteKey,
    #[error(
        "Multiple conditions on same key {0}. Only single item Update/Insert/Delete are supported"
    )]
    SeveralKeys(String),

    // Conditions.
    #[error("WHERE clause must contain an expression that resolves to a boolean")]
    NoCondition,
    #[error("The arguments to AND/OR must be Expressions")]
    Term,
    #[error("The argument to NOT must be a Type or Expression")]
    Negated,
    #[error("Unsupported operator in Condition Expression. Operator: {0}")]
    ConditionOperator(&'static str),
    #[error("Unrecognized function: {name} at {at}")]
    Function { name: String, at: Span },
    #[error("MISSING must be compared using IS operator")]
    ComparedMissing,
    #[error("The left hand side argument to IS must be a Variable Reference, Literal, or Path")]
    IsOperand,
    #[error(
        "Unsupported data type for IS operator: {0}. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
    )]
    IsType(&'static str),
    #[error(
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member"
    )]
    InList,
    #[error(
        "Invalid attribute type name found; type: {0}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
    )]
    TypeName(String),
    /// What any expression may have wrong; PartiQL's do not say which one it is.
    #[error(transparent)]
    Expression(ExpressionError),

    // Paths.
    #[error("Wildcard path component like a[*].b are not supported")]
    Wildcard,
    #[error("Unpivot path component like a.*.b are not supported")]
    Unpivot,
    #[error("A path cannot start with a list index")]
    PathStart,
    #[error("List index is not within the allowable range; index: [{index}] at {at}")]
    ListIndex { index: String, at: Span },

    // Values.
    #[error("Number of parameters in request and statement don't match.")]
    ParameterCount,
    #[error("{error} under {under}")]
    Number { error: NumberError, under: String },
    #[error("Unsupported data type: {kind} under key {under} at {at}")]
    DataType {
        kind: String,
        under: String,
        at: Span,
    },
    #[error("Ion Literals are not supported: {text} under key {under}")]
    IonLiteral { text: String, under: String },
    #[error("Nesting Levels have exceeded supported limits under {0}")]
    Depth(String),
    #[error("Tuple keys must be of type String. Actual type: {kind} under {under}")]
    TupleKey { kind: &'static str, under: String },
    #[error("Duplicate keys in tuple. Key: {key} under {under}")]
    RepeatedTupleKey { key: String, under: String },
    #[error("Empty bags are not supported")]
    EmptyBag,
    #[error(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
    )]
    BagType,
    #[error(
        "One or more parameter values were invalid: Input collection [{}] contains duplicates! under {under}",
        elements.join(", ")
    )]
    RepeatedNumber {
        elements: Vec<String>,
        under: String,
    },

    // Writes.
    #[error(
        "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO tableName VALUE item\" instead"
    )]
    SeveralItems,
    #[error("AT is not supported in insert statements.")]
    InsertAt,
    #[error(
        "Unsupported format in item expression. Please use struct format {{...}} to express item values for insert statement."
    )]
    ItemFormat,
    #[error("RETURNING is not supported in INSERT")]
    ReturningInserted,
    #[error(
        "Invalid returning clause: RETURNING {0} *. Only RETURNING ALL OLD * is allowed in DELETE statements."
    )]
    ReturningDeleted(&'static str),
    #[error("Invalid syntax with multiple returning elements in RETURNING clause")]
    SeveralReturned,
    #[error("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")]
    ReturningNoStar,
    #[error("Unsupported operator in Update Expression. Operator: {0}")]
    UpdateOperator(&'static str),
    #[error("IS operator is not supported in update expressions")]
    IsInUpdate,
    #[error("{function} must have exactly two arguments at {at}")]
    SetArguments { function: &'static str, at: Span },
    #[error("The first argument to {function} must equal the assignment value at {at}")]
    SetTarget { function: &'static str, at: Span },
    #[error("The second argument to {function} must be a value with type SET at {at}")]
    SetOperand { function: &'static str, at: Span },

    // Batches and transactions.
    #[error("EXISTS can only be used in ExecuteTransaction write requests.")]
    Exists,
    #[error("EXISTS() must contain a single item read with additional condition")]
    ExistsCondition,
    #[error("Operations on indices are not supported in transactions")]
    ExistsOnIndex,
    #[error("Select statements within {0} must specify the primary key in the where clause.")]
    SelectWithoutKey(&'static str),
    #[error("Reads on indices are not supported within transactions.")]
    IndexReadInTransaction,
    #[error("RETURNING clause is not supported in ExecuteTransaction.")]
    ReturningInTransaction,
    #[error(
        "ExecuteTransaction API does not support both read and write operations in the same request."
    )]
    MixedTransaction,
    #[error("Read and write requests together in the same batch is not supported.")]
    MixedBatch,
}

impl From<ExpressionError> for StatementError {
    fn from(error: ExpressionError) -> StatementError {
        match error {
            // DynamoDB lists the types in another order here.
            ExpressionError::TypeName(name) => StatementError::TypeName(name),
            error => StatementError::Expression(error),
        }
    }
}
