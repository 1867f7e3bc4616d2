/// The commands that belong to the language itself.
public enum CoreSignatures {
  public static let all: [CommandSignature] = lists + numbers + text

  private static let numberList = ParameterSignature(
    "values", .either([.list(.float), .tensor]), "at least one number")
  private static let anyNumbers = ParameterSignature(
    "values", .either([.list(.number), .tensor]), "at least one number")

  /// Over which axes of a tensor a reduction goes.
  private static let axis = ParameterSignature(
    "axis", .either([.string, .int, .list, .none]),
    "tensor axes to reduce: a name, an index, or a list; default: all",
    default: .nothing)
  private static let reduced = ValueType.either([.int, .float, .tensor])
  private static let numeric = ParameterSignature("value", .either([.int, .float, .tensor]))

  private static let lists: [CommandSignature] = [
    CommandSignature(
      "len", "The number of elements in a list, range or record, or of characters in a string.",
      topic: "lists",
      positional: [.init("value", .either([.list, .range, .record, .string]))],
      result: .int, example: "len([3, 1, 2])"),
    CommandSignature(
      "range", "The integers from `from` to `last`, both included.",
      topic: "lists",
      positional: [.init("last", .int, "last integer")],
      named: [
        .init("from", .int, "first integer", default: 0),
        .init("step", .int, "increment; negative counts down", default: 1),
      ], result: .list(.int), example: "range(10, from: 2, step: 4)"),
    CommandSignature(
      "map", "The results of a function applied to each element.", topic: "lists",
      positional: [.init("list", .list), .init("with", .function, "function of one element")],
      result: .list, example: "map(1..3, fn(x) { x * x })"),
    CommandSignature(
      "filter", "The elements for which a function returns true.", topic: "lists",
      positional: [.init("list", .list), .init("with", .function, "function of one element")],
      result: .list, example: "filter(1..6, fn(x) { x % 2 == 0 })"),
    CommandSignature(
      "fold", "Reduces all elements to one value, from left to right.", topic: "lists",
      positional: [
        .init("list", .list),
        .init("with", .function, "function of the accumulated value and an element"),
      ], named: [.init("from", .any, "initial value")], result: .any,
      example: "fold(1..4, fn(product, x) { product * x }, from: 1)"),
    CommandSignature(
      "zip", "Pairs of elements from two lists of equal length.", topic: "lists",
      positional: [.init("first", .list), .init("second", .list)], result: .list(.list),
      example: "zip([1, 2], [\"a\", \"b\"])"),
    CommandSignature(
      "sort", "The elements in ascending order; the sort is stable.", topic: "lists",
      positional: [.init("list", .list)],
      named: [
        .init("by", .either([.function, .none]), "sort key of an element", default: .nothing),
        .init("descending", .bool, "largest first", default: false),
        .init(
          "ties", .either([.function, .none]),
          "second key for ties, smallest first",
          default: .nothing),
      ], result: .list, example: "sort([3, 1, 2], descending: true)"),
    CommandSignature(
      "reverse", "The elements in reverse order.", topic: "lists",
      positional: [.init("list", .list)], result: .list, example: "reverse(1..3)"),
    CommandSignature(
      "unique", "The distinct elements, in order of first appearance.",
      topic: "lists", positional: [.init("list", .list)], result: .list,
      example: "unique([2, 1, 2])"),
    CommandSignature(
      "slice", "The elements from one index to another, both included; -1 is the last.",
      topic: "lists", positional: [.init("list", .list)],
      named: [.init("from", .int, default: 0), .init("to", .int, default: -1)], result: .list,
      example: "slice([5, 6, 7, 8], from: 1, to: 2)"),
    CommandSignature(
      "keys", "The field names of a record, in order.", topic: "lists",
      positional: [.init("record", .record)], result: .list(.string),
      example: "keys({a: 1, b: 2})"),
    CommandSignature(
      "values", "The field values of a record, in order.", topic: "lists",
      positional: [.init("record", .record)], result: .list, example: "values({a: 1, b: 2})"),
    CommandSignature(
      "merge", "A record with the fields of both; the second record wins on conflicts.",
      topic: "lists",
      positional: [.init("record", .record), .init("with", .record)], result: .record,
      example: "merge({a: 1, b: 2}, {b: 3})"),
  ]

  private static let numbers: [CommandSignature] = [
    CommandSignature(
      "sum", "The sum, added from left to right; an integer if all are integers.", topic: "numbers",
      positional: [.init("values", .either([.list(.number), .tensor]), "numbers")], named: [axis],
      result: reduced, example: "sum([1, 2, 3])"),
    CommandSignature(
      "mean", "The arithmetic mean.", topic: "numbers", positional: [numberList], named: [axis],
      result: .either([.float, .tensor]), example: "mean([1, 2, 6])"),
    CommandSignature(
      "deviation", "The sample standard deviation (divides by n - 1).", topic: "numbers",
      positional: [.init("values", .either([.list(.float), .tensor]), "at least two numbers")],
      named: [axis], result: .either([.float, .tensor]), example: "deviation([1, 2, 6])"),
    CommandSignature(
      "median", "The middle number, or the mean of the two middle numbers.",
      topic: "numbers", positional: [numberList], named: [axis],
      result: .either([.float, .tensor]), example: "median([1, 2, 6])"),
    CommandSignature(
      "min", "The smallest number.", topic: "numbers",
      positional: [anyNumbers], named: [axis], result: reduced, example: "min([3, 1, 2])"),
    CommandSignature(
      "max", "The largest number.", topic: "numbers",
      positional: [anyNumbers], named: [axis], result: reduced, example: "max([3, 1, 2])"),
    CommandSignature(
      "abs", "The absolute value.", topic: "numbers", positional: [numeric], result: reduced,
      example: "abs(-3)"),
    CommandSignature(
      "sqrt", "The square root.", topic: "numbers",
      positional: [.init("value", .either([.float, .tensor]))], result: .either([.float, .tensor]),
      example: "sqrt(2)"),
    CommandSignature(
      "round", "Rounds to the given number of decimals; ties go to even.",
      topic: "numbers", positional: [.init("value", .number)],
      named: [
        .init("digits", .int, "decimals; 0 returns an integer", default: 0, in: .ints(0...15))
      ],
      result: .number, example: "round(2.71828, digits: 2)"),
    CommandSignature(
      "floor", "The largest integer that is at most the value.", topic: "numbers",
      positional: [.init("value", .number)], result: .int, example: "floor(2.7)"),
    CommandSignature(
      "ceil", "The smallest integer that is at least the value.", topic: "numbers",
      positional: [.init("value", .number)], result: .int, example: "ceil(2.1)"),
    CommandSignature(
      "within", "Whether two numbers differ by at most a tolerance.", topic: "numbers",
      positional: [.init("value", .float), .init("target", .float)],
      named: [.init("tolerance", .float, "inclusive", in: .floats(0...1e300))],
      result: .bool, example: "within(0.31, 0.3, tolerance: 0.05)"),
    CommandSignature(
      "float", "Converts a number to a float.", topic: "numbers",
      positional: [.init("value", .float)],
      result: .float, example: "float(3)"),
  ]

  private static let text: [CommandSignature] = [
    CommandSignature(
      "string", "Converts a value to text as `print` does.", topic: "text",
      positional: [.init("value", .any)], result: .string, example: "string([1, 2])"),
    CommandSignature(
      "format", "Formats a number with a fixed number of decimals.", topic: "text",
      positional: [.init("value", .float)],
      named: [
        .init("digits", .int, "decimals", default: 2, in: .ints(0...15)),
        .init(
          "width", .int, "minimum width, padded with spaces on the left", default: 0,
          in: .ints(0...200)),
      ], result: .string, example: "format(3.14159, digits: 3)"),
    CommandSignature(
      "join", "Joins the elements as text with a separator.", topic: "text",
      positional: [.init("list", .list)],
      named: [.init("separator", .string, default: ", ")], result: .string,
      example: "join([1, 2, 3], separator: \"-\")"),
    CommandSignature(
      "split", "Splits a string at a separator.", topic: "text",
      positional: [.init("text", .string)],
      named: [.init("separator", .string, default: " ")], result: .list(.string),
      example: "split(\"left then up\")"),
    CommandSignature(
      "print", "Prints a value and a line break.", topic: "text",
      positional: [.init("value", .any, default: "")], example: "print \"steps: {5}\""),
  ]
}
