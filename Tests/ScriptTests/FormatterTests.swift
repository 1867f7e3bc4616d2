import Diagnostics
import ScriptSyntax
import Testing

@Suite struct FormatterTests {
  @Test func laysOutOneWay() throws {
    let text = """
      me   1
      # kept


      let a=1+2*-3 ;  let b = [1,2 ,{x:1,"two words":-2}]   # and this
      fn f( x,y : float=0.5+0.5 ){
      # inside
          let z=x** -1

          show (x) token:"{x}";
          show -1
          show [1]
          f(x)
          if not(x>1)and true{z}else{ - z }
      }

      let c = over(5,fn(s){
      s |> f
      })
      let d = b
      |> len
      let e = fn () {}
      """
    let expected = """
      me 1
      # kept

      let a = 1 + 2 * -3; let b = [1, 2, {x: 1, "two words": -2}]  # and this
      fn f(x, y: float = 0.5 + 0.5) {
        # inside
        let z = x ** -1

        show (x) token: "{x}"
        show -1
        show [1]
        f(x)
        if not (x > 1) and true { z } else { -z }
      }

      let c = over(5, fn(s) {
        s |> f
      })
      let d = b
        |> len
      let e = fn() {}

      """
    #expect(try Formatter.format(text) == expected)
  }

  @Test func refusesWhatItCannotRead() {
    #expect(throws: Diagnostic.self) { try Formatter.format("me 1\nlet = 3\n") }
  }

  @Test(arguments: GoldenScript.all)
  func keepsTheMeaning(_ script: GoldenScript) throws {
    guard let once = try? Formatter.format(script.text) else { return }
    #expect(try Formatter.format(once) == once)
    #expect(GoldenOutcome(script, text: once).output == GoldenOutcome(script).output)
  }
}
