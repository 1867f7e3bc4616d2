import Canonical
import Experiments
import Testing

private func argument(_ name: String, _ value: Int) -> CacheKey.Argument {
  CacheKey.Argument(
    name, bytes: CanonicalEncoder.bytes { $0.encode(value) }, shown: String(value))
}

@Suite struct CacheKeyTests {
  @Test func bytesOfEachKind() {
    let bytes = CanonicalEncoder.bytes {
      $0.encode(true)
      $0.encode("é")
    }
    #expect(bytes == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0xA9])
    #expect(
      CanonicalEncoder.bytes { $0.encode(-2) }.suffix(8) == [254] + Array(repeating: 255, count: 7))
  }

  /// The hash of a key of the first arithmetic is the one that its journal and its lock have.
  @Test func keysOfAnotherArithmetic() throws {
    func key(_ arithmetic: Int) -> CacheKey {
      CacheKey(
        command: "extract", numerics: 1, arguments: [argument("steps", 5)], arithmetic: arithmetic)
    }
    var encoder = CanonicalEncoder()
    encoder.encode(CacheKey.schema)
    encoder.encode("extract")
    encoder.encode(1)
    encoder.encodeRecord([
      ("steps", CanonicalEncoder.bytes { $0.encode(argument("steps", 5).hash.hex) })
    ])
    encoder.encode("")
    encoder.encode("portable")
    #expect(key(1).hash == encoder.digest)
    #expect(try CacheKey(json: key(1).json).hash == key(1).hash)
    #expect(Set([1, 2, 3].map { key($0).hex }).count == 3)
    #expect(key(2).differences(from: key(1)).map(\.part) == ["arithmetic"])
  }

  @Test func borderBetweenValuesCounts() {
    let one = CanonicalEncoder.bytes {
      $0.encode("ab")
      $0.encode("c")
    }
    let other = CanonicalEncoder.bytes {
      $0.encode("a")
      $0.encode("bc")
    }
    #expect(one != other)
    let flat = CanonicalEncoder.bytes {
      $0.encodeList {
        $0.encode(1)
        $0.encode(2)
      }
    }
    let nested = CanonicalEncoder.bytes {
      $0.encodeList {
        $0.encode(1)
        $0.encodeList { $0.encode(2) }
      }
    }
    #expect(flat != nested)
  }

  @Test func kindsStayApart() {
    let encodings: [[UInt8]] = [
      CanonicalEncoder.bytes { $0.encode(1) }, CanonicalEncoder.bytes { $0.encode(1.0) },
      CanonicalEncoder.bytes { $0.encode(true) }, CanonicalEncoder.bytes { $0.encode("1") },
      CanonicalEncoder.bytes { $0.encode(data: [49]) },
      CanonicalEncoder.bytes { $0.encode(0.0) }, CanonicalEncoder.bytes { $0.encode(-0.0) },
      // One letter, composed and decomposed: equal Swift strings, other bytes.
      CanonicalEncoder.bytes { $0.encode("\u{E9}") },
      CanonicalEncoder.bytes { $0.encode("e\u{301}") },
    ]
    #expect(Set(encodings).count == encodings.count)
  }

  @Test func allNaNsAreOne() {
    let payload = Double(bitPattern: 0xFFF8_0000_0000_1234)
    #expect(
      CanonicalEncoder.bytes { $0.encode(payload) } == CanonicalEncoder.bytes { $0.encode(.nan) })
  }

  @Test func knownHash() {
    // printf '' | sha256sum
    #expect(
      CanonicalEncoder().digest.hex
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func orderOfArgumentsDoesNotMatter() {
    let a = CacheKey(
      command: "extract", numerics: 1, arguments: [argument("a", 1), argument("b", 2)])
    let b = CacheKey(
      command: "extract", numerics: 1, arguments: [argument("b", 2), argument("a", 1)])
    #expect(a == b && a.hex == b.hex)
  }

  @Test func everyPartMatters() {
    let base = CacheKey(command: "extract", numerics: 1, arguments: [argument("steps", 5)])
    let others = [
      CacheKey(command: "train", numerics: 1, arguments: [argument("steps", 5)]),
      CacheKey(command: "extract", numerics: 2, arguments: [argument("steps", 5)]),
      CacheKey(command: "extract", numerics: 1, arguments: [argument("steps", 6)]),
      CacheKey(command: "extract", numerics: 1, arguments: [argument("stops", 5)]),
      CacheKey(command: "extract", numerics: 1, arguments: []),
      CacheKey(command: "extract", numerics: 1, arguments: [argument("steps", 5)], stream: "1"),
      CacheKey(
        command: "extract", numerics: 1, arguments: [argument("steps", 5)], precision: "fast"),
    ]
    #expect(Set(others + [base]).count == others.count + 1)
  }

  @Test func differencesInWords() {
    let before = CacheKey(
      command: "extract", numerics: 1, arguments: [argument("steps", 20), argument("old", 1)])
    let after = CacheKey(
      command: "extract", numerics: 2, arguments: [argument("steps", 25), argument("new", 1)])
    #expect(
      after.differences(from: before).map(\.description) == [
        "numerics version 1 -> 2", "new 1 is new", "old 1 was removed", "steps 20 -> 25",
      ])
    #expect(after.differences(from: after).isEmpty)
  }

  @Test func keyReadsBackFromJSON() throws {
    let key = CacheKey(
      command: "extract", numerics: 3, arguments: [argument("steps", 5), argument("b", 7)],
      stream: "7/extract/1", precision: "fast")
    let copy = try CacheKey(json: key.json)
    #expect(copy == key && copy.arguments == key.arguments)
  }
}
