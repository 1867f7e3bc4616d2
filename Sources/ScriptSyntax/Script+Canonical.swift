import Canonical

/// A whole script as bytes, without places, comments and layout: two texts with equal bytes are
/// the same script.
extension Script {
  public var canonicalBytes: [UInt8] {
    var encoder = CanonicalEncoder()
    encoder.append(statements.count)
    for statement in statements { statement.encodeWhole(into: &encoder) }
    return encoder.bytes
  }

  /// The texts of all comments, in their order.
  public var commentTexts: [String] { comments.map(\.text) }
}

extension Statement {
  /// As `encode`, and what stands only at the top level or in tables.
  fileprivate func encodeWhole(into encoder: inout CanonicalEncoder) {
    switch kind {
    case .binding, .function, .expression: encode(into: &encoder)
    case .loop(let loop):
      encoder.append("for")
      encoder.append(loop.variable.name)
      loop.sequence.encode(into: &encoder)
      loop.body.encodeWhole(into: &encoder)
    case .parameter(let node):
      encoder.append("param")
      encoder.append(node.name.name)
      encoder.append(node.type.canonicalName)
      node.defaultValue.encode(into: &encoder)
      encoder.append(node.domain == nil ? 0 : 1)
      node.domain?.encode(into: &encoder)
    case .seed(let value):
      encoder.append("seed")
      value.encode(into: &encoder)
    case .include(let include):
      encoder.append("include")
      encoder.append(include.path)
    case .table(let table):
      encoder.append("table")
      table.title.encode(into: &encoder)
      encoder.append(table.key == nil ? 0 : 1)
      table.key?.encode(into: &encoder)
      table.body.encodeWhole(into: &encoder)
      encoder.append(table.beside == nil ? 0 : 1)
      table.beside?.encode(into: &encoder)
    case .row(let first, let second): encode("row", first, second, into: &encoder)
    case .claim(let first, let second): encode("claim", first, second, into: &encoder)
    case .figure(let first, let second): encode("figure", first, second, into: &encoder)
    case .prose(let text):
      encoder.append("prose")
      encoder.append(text)
    }
  }

  private func encode(
    _ tag: String, _ first: Expression, _ second: Expression, into encoder: inout CanonicalEncoder
  ) {
    encoder.append(tag)
    first.encode(into: &encoder)
    second.encode(into: &encoder)
  }
}

extension Block {
  fileprivate func encodeWhole(into encoder: inout CanonicalEncoder) {
    encoder.append(statements.count)
    for statement in statements { statement.encodeWhole(into: &encoder) }
  }
}
