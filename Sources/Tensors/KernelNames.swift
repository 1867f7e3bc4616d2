import Kernels

/// The names of the back end that modules above know. Its kernels stay below.
public typealias TensorStorage = Kernels.TensorStorage
public typealias StoredElement = Kernels.StoredElement
public typealias RowGroups = Kernels.RowGroups
public typealias RotaryLayout = Kernels.RotaryLayout
public typealias AdamWStep = Kernels.AdamWStep
public typealias MemoryBudget = Kernels.MemoryBudget
public typealias MemoryRefusal = Kernels.MemoryRefusal
public typealias Instructions = Kernels.Instructions
public typealias OneDNN = Kernels.OneDNN
public typealias ScratchFile = Kernels.ScratchFile
public typealias ScratchFileError = Kernels.ScratchFileError

extension ScratchFile {
  /// Writes the elements of a tensor and returns one that reads them from the file. It costs
  /// memory only while it is read, and until ``Tensor/releasePages()``.
  public func store(_ tensor: Tensor) throws(ScratchFileError) -> Tensor {
    Tensor(storage: try store(tensor.storage), shape: tensor.shape)
  }
}
