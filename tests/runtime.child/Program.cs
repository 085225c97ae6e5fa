using HrmGen;
using HrmGen.Native;
using TorchSharp;

// Prints what was loaded and a product that libtorch computed; on a failure that the user can mend, its message and exit code 3.
try
{
    NativeLibraries.ThrowIfUnavailable();
    using torch.Tensor product = torch.ones(2, 3).matmul(torch.ones(3, 4));
    Console.WriteLine(NativeLibraries.Report);
    Console.WriteLine(product.sum().item<float>());
    return 0;
}
catch (HrmGenException e)
{
    Console.WriteLine(e.Message);
    return 3;
}
