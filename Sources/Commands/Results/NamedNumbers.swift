import Experiments
import JSON
import OrderedCollections
import ScriptInterpreter

/// A few numbers by name, as a record of the language and in the store.
struct NamedNumbers: Sendable {
  let numbers: OrderedDictionary<String, Double>

  /// Means over rows of numbers.
  static func means(_ rows: [[Double]], names: [String]) -> NamedNumbers {
    var numbers: OrderedDictionary<String, Double> = [:]
    for (column, name) in names.enumerated() {
      numbers[name] = rows.reduce(0) { $0 + $1[column] } / Double(max(rows.count, 1))
    }
    return NamedNumbers(numbers: numbers)
  }

  /// Shares in percent: of each pair of columns, a part and its whole, the sums are divided.
  static func shares(_ rows: [[Double]], names: [String]) -> NamedNumbers {
    func sum(_ column: Int) -> Double { rows.reduce(0) { $0 + $1[column] } }
    var numbers: OrderedDictionary<String, Double> = [:]
    for (index, name) in names.enumerated() {
      numbers[name] = 100 * sum(2 * index) / max(sum(2 * index + 1), 1e-12)
    }
    return NamedNumbers(numbers: numbers)
  }

  var value: Value {
    get throws { .record(of: numbers.mapValues { .float($0) }) }
  }

  static let coding = ResultCoding<NamedNumbers>(
    encode: { named in
      (
        [:], JSONValue(members: named.numbers.map { ($0.key, .double($0.value)) }),
        .doubles(Array(named.numbers.values))
      )
    },
    decode: { result in
      let node = JSONNode(result.summary)
      var numbers: OrderedDictionary<String, Double> = [:]
      for key in try node.keys() { numbers[key] = try node.double(key) }
      return NamedNumbers(numbers: numbers)
    })
}
