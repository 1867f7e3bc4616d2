import Glibc

/// The letters that the fonts of the system have, by the library that gnuplot finds its fonts with.
///
/// The library is loaded when it is first needed; without it, no letters are reported as missing.
/// It reads only the system's fonts, as the confined gnuplot does.
struct InstalledFonts: @unchecked Sendable {
  /// Nil where the library or its configuration is missing.
  static let system = InstalledFonts()

  /// `FcCharSet`, one for each font; they live as long as the process.
  private let sets: [OpaquePointer]
  private let hasLetter: HasLetter

  private typealias EnableHome = @convention(c) (CInt) -> CInt
  private typealias Create = @convention(c) () -> OpaquePointer?
  private typealias Load = @convention(c) (OpaquePointer, UnsafePointer<CChar>, CInt) -> CInt
  private typealias Build = @convention(c) (OpaquePointer) -> CInt
  private typealias Fonts = @convention(c) (OpaquePointer, CInt) -> UnsafeRawPointer?
  private typealias Letters =
    @convention(c) (
      OpaquePointer, UnsafePointer<CChar>, CInt, UnsafeMutablePointer<OpaquePointer?>
    ) -> CInt
  private typealias HasLetter = @convention(c) (OpaquePointer, UInt32) -> CInt

  private static let configuration = "/etc/fonts/fonts.conf"

  private init?() {
    guard access(Self.configuration, R_OK) == 0,
      let library = dlopen("libfontconfig.so.1", RTLD_NOW | RTLD_LOCAL)
    else { return nil }
    func function<T>(_ name: String, as type: T.Type) -> T? {
      dlsym(library, name).map { unsafeBitCast($0, to: type) }
    }
    guard let enableHome = function("FcConfigEnableHome", as: EnableHome.self),
      let create = function("FcConfigCreate", as: Create.self),
      let load = function("FcConfigParseAndLoad", as: Load.self),
      let build = function("FcConfigBuildFonts", as: Build.self),
      let fonts = function("FcConfigGetFonts", as: Fonts.self),
      let letters = function("FcPatternGetCharSet", as: Letters.self),
      let hasLetter = function("FcCharSetHasChar", as: HasLetter.self)
    else { return nil }
    _ = enableHome(0)
    guard let configuration = create(), load(configuration, Self.configuration, 0) != 0,
      build(configuration) != 0, let found = fonts(configuration, 0)
    else { return nil }
    // FcFontSet: int nfont, int sfont, FcPattern **fonts.
    let count = Int(found.load(as: CInt.self))
    let patterns = found.load(
      fromByteOffset: 8, as: UnsafePointer<OpaquePointer>?.self)
    sets = (0..<count).compactMap { index in
      var set: OpaquePointer?
      guard let pattern = patterns?[index], letters(pattern, "charset", 0, &set) == 0 else {
        return nil
      }
      return set
    }
    self.hasLetter = hasLetter
  }

  /// Those of the letters that no font has. Signs without a shape of their own need none.
  func lacking(_ letters: Set<Unicode.Scalar>) -> Set<Unicode.Scalar> {
    letters.filter { letter in
      !letter.properties.isDefaultIgnorableCodePoint && !letter.properties.isWhitespace
        && !sets.contains { hasLetter($0, letter.value) != 0 }
    }
  }
}
