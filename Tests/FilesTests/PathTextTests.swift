import Files
import Testing

@Suite struct PathTextTests {
  @Test(arguments: [
    ("a", ".", "a"), ("a.me", ".", "a.me"), ("a/b.me", "a", "b.me"), ("a/b/c", "a/b", "c"),
    ("/b", "/", "b"), ("/", "/", ""), ("//b", "/", "b"), ("a//b", "a", "b"), ("a/", "a", ""),
    ("./a", ".", "a"), ("", ".", ""), ("é/b", "é", "b"),
  ])
  func thePartsOfAPath(path: String, folder: String, name: String) {
    #expect(PathText.folder(of: path) == folder)
    #expect(PathText.name(of: path) == name)
  }

  @Test(
    arguments: [
      ("/a/b", "/a", "b"), ("/a/b/c", "/a", "b/c"), ("/a/b", "/", "a/b"), ("/a/b", "/a/", "b"),
      ("/a", "/a", nil), ("/ab", "/a", nil), ("/b", "/a", nil), ("/a/", "/a", nil),
      // One letter, composed and decomposed: two names to the system.
      ("/\u{E9}/b", "/e\u{301}", nil), ("/\u{E9}/b", "/\u{E9}", "b"),
    ] as [(String, String, String?)])
  func theWayFromARoot(path: String, root: String, way: String?) {
    #expect(PathText.relative(path, to: root) == way)
    #expect(PathText.isWithin(path, root) == (way != nil || path == root))
  }

  @Test func linksAreFollowed() throws {
    try Folders.withTemporary { folder in
      #expect(RealPath.of("\(folder)/./") == RealPath.of(folder))
      #expect(RealPath.of("\(folder)/none") == nil)
    }
  }
}
