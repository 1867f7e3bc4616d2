import Diagnostics
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Synchronization
import Testing

@Suite struct SessionTests {
  let host = FakeHost()

  @Test func keepsAndRebindsNames() throws {
    let interpreter = Interpreter(host: host)
    #expect(try interpreter.evaluate("let x = 2").value.isEqual(to: .none))
    #expect(try interpreter.evaluate("x + 1").value.isEqual(to: .int(3)))
    #expect(try interpreter.evaluate("ans * 10;").value.isEqual(to: .int(30)))
    try interpreter.evaluate("let x = x + 5")
    #expect(try interpreter.evaluate("[x, ans]").value.description == "[7, 30]")
    #expect(interpreter.bindings.map(\.name) == ["ans", "x"])
    interpreter.clear("x")
    #expect(throws: CheckFailure.self) { try interpreter.evaluate("x") }
  }

  @Test func semicolonMutes() throws {
    let interpreter = Interpreter(host: host)
    #expect(try interpreter.evaluate("1 + 1;").isMuted)
    #expect(try !interpreter.evaluate("1 + 1").isMuted)
    #expect(try !interpreter.evaluate("1; 2").isMuted)
  }

  @Test func functionsKeepTheValuesTheySaw() throws {
    let interpreter = Interpreter(host: host)
    try interpreter.evaluate("let k = 2")
    try interpreter.evaluate("fn f(x) { k * x }")
    try interpreter.evaluate("let k = 100")
    #expect(try interpreter.evaluate("f(3)").value.isEqual(to: .int(6)))
  }

  @Test func errorsLeaveTheSessionUsable() throws {
    let interpreter = Interpreter(host: host)
    try interpreter.evaluate("let xs = [1]")
    #expect(throws: ScriptError.self) { try interpreter.evaluate("map(xs, fn(x) { 1 / (x - 1) })") }
    #expect(try interpreter.evaluate("map(xs, fn(x) { x + 1 })").value.description == "[2]")
  }

  @Test func writesTheMinimalScript() throws {
    let interpreter = Interpreter(host: host)
    for line in [
      "let vdm = model(\"tiny\")", "let other = 3", "seed 7", "let data = dataset(\"d\")",
      "extract vdm data: data steps: 5 |> select_heads keep: 0.25", "other + 1", "let x = 1",
      "let x = x + 1", "fn twice(n) { n * x }", "let x = twice(x)", "show x",
    ] {
      try interpreter.evaluate(line)
    }
    #expect(
      interpreter.script(for: "x") == """
        me 1
        seed 7
        let x_3 = 1
        let x_2 = x_3 + 1
        fn twice(n) { n * x_2 }
        let x = twice(x_2)
        print x

        """)
    try interpreter.evaluate("extract vdm data: data |> select_heads keep: 0.25")
    try interpreter.evaluate("let kept = select_tokens(ans)")
    let script = try #require(interpreter.script(for: "kept"))
    #expect(
      script == """
        me 1
        let vdm = model("tiny")
        seed 7
        let data = dataset("d")
        let ans = select_heads(extract(vdm, data: data), keep: 0.25)
        let kept = select_tokens(ans)
        print kept

        """)
    let again = Interpreter(host: FakeHost())
    try again.run(Script.parse(script, path: "saved.me"))
    #expect(again.value(of: "kept")?.contentHash == interpreter.value(of: "kept")?.contentHash)
    #expect(interpreter.script(for: "nothing") == nil)
    let whole = Interpreter(host: FakeHost())
    try whole.run(Script.parse(interpreter.sessionScript, path: "all.me"))
  }

  @Test func loadsAFileIntoTheSession() throws {
    let interpreter = Interpreter(host: host)
    try interpreter.evaluate("let a = 1")
    let script = Script.parse("me 1\nlet a = 5\nlet b = a + 1\n", path: "f.me")
    try interpreter.run(Program.load(script), inSession: true)
    #expect(try interpreter.evaluate("a + b").value.isEqual(to: .int(11)))
  }

  @Test func cancellationEndsTheRun() throws {
    let asked = Mutex(0)
    let interpreter = Interpreter(host: host) {
      asked.withLock { count in
        count += 1
        return count > 3
      }
    }
    let error = #expect(throws: ScriptError.self) {
      try interpreter.evaluate("for i in 1..1000000 { let x = i }")
    }
    #expect(error?.exitCode == 130)
    #expect(error?.diagnostic.code == .cancelled)
  }

  @Test func wallTimeIsALimit() throws {
    let limits = Limits(wallTime: .milliseconds(1))
    let interpreter = Interpreter(host: host, limits: limits)
    let error = #expect(throws: ScriptError.self) {
      try interpreter.evaluate("for i in 1..1000000 { let x = i }")
    }
    #expect(error?.exitCode == 4)
    #expect(error?.diagnostic.code == .timeLimit)
  }

  @Test func errorsCarryTheCallStack() throws {
    let interpreter = Interpreter(host: host)
    try interpreter.evaluate("fn inner(x) { x + \"a\" }", path: "one")
    try interpreter.evaluate("fn outer(x) { inner(x) }", path: "two")
    let error = #expect(throws: ScriptError.self) {
      try interpreter.evaluate("over(1, fn(s) { outer(s) })", path: "three")
    }
    #expect(error?.callStack.map(\.name) == ["over", "fn", "outer", "inner"])
    #expect(
      error?.description.hasSuffix(
        """
           in inner, called at two:1:15
           in outer, called at three:1:17
           in fn, called at three:1:1
           in over, called at three:1:1
        """) == true)
  }

  @Test func forksCallFunctionsOnTheirOwn() async throws {
    let interpreter = Interpreter(host: host)
    try interpreter.evaluate("let base = 10")
    guard case .function(let function) = try interpreter.evaluate("fn(x) { base + x }").value
    else {
      Issue.record("no function")
      return
    }
    let fork = interpreter.fork()
    #expect(try fork.call(function, [.int(5)]).isEqual(to: .int(15)))
  }

  @Test func completeInputs() {
    for text in ["", "let x = 1", "f(1)", "fn f() { 1 }", "\"a {b} c\"", "x)", "# (", "1 + 2"] {
      #expect(Script.isComplete(text), "\(text)")
    }
    for text in [
      "f(", "[1,", "fn f() {", "1 +", "x |>", "let x =", "a and", "{a: [1}", "if a {} else",
    ] {
      #expect(!Script.isComplete(text) || text == "{a: [1}", "\(text)")
    }
  }
}
