import Benchmark
import Foundation
import Tensors

/// Kernels on the shapes of the mini models. Each is compared with a plain loop before it is timed.
let kernels = Kernels()

do {
  try kernels.check()
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}

FileHandle.standardError.write(
  Data("\(Instructions.family) kernels, one thread\n".utf8))

withoutGradients {
  benchmark("product 512 x 512 x 512") {
    _ = kernels.square.tensor.matmul(kernels.square.tensor)
  }
  benchmark("linear, 2304 rows, 128 -> 512") {
    _ = kernels.rows.tensor.linear(kernels.weight.tensor)
  }
  benchmark("attention, 8 heads of 16, 320 tokens") {
    _ = Tensor.attention(
      kernels.query.tensor, kernels.key.tensor, kernels.value.tensor)
  }
  benchmark("softmax, 2560 rows of 320") { _ = kernels.logits.tensor.softmax() }
  benchmark("convolution, 32 -> 32 channels, 5 x 24 x 24") {
    _ = kernels.volume.tensor.conv3d(kernels.filter.tensor, padding: kernels.padding)
  }
  Benchmark.main()
}
