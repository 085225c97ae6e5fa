using System.Globalization;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>The tensors of an unpickled state dict by name, those in dictionaries and lists within it included.</summary>
internal static class StateTensors
{
    private const int MaximumDepth = 32;
    private const int MaximumName = 1024;

    /// <summary>The tensors.</summary>
    /// <param name="root">What the pickle stands for.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="pickleLength">
    /// Bytes of the pickle. A pickle can hold one dictionary many times over, and itself: no more is visited, nor named, than a file of that
    /// length could write out.
    /// </param>
    public static Dictionary<string, PickleTensor> Of(object? root, string path, int pickleLength)
    {
        var tensors = new Dictionary<string, PickleTensor>(StringComparer.Ordinal);
        var budget = (Visits: pickleLength, Letters: 64L * pickleLength);
        Visit(root, "", 0);
        return tensors.Count > 0 ? tensors : throw ZipEntries.Wrong(path, "there is no tensor in it");

        void Visit(object? value, string name, int depth)
        {
            budget = (budget.Visits - 1, budget.Letters - name.Length);
            if (depth > MaximumDepth || budget.Visits < 0 || budget.Letters < 0)
            {
                throw ZipEntries.Wrong(path, "its dictionaries hold each other over and over");
            }

            switch (value)
            {
                case PickleTensor tensor:
                    if (!tensors.TryAdd(name, tensor) && tensors[name] != tensor)
                    {
                        throw ZipEntries.Wrong(path, $"two tensors are called '{ZipEntries.Short(name)}'");
                    }

                    break;
                case PickleDict dict:
                    foreach (var (key, item) in dict.Items.Where(i => i.Value is PickleTensor or PickleDict or List<object?> or object?[]))
                    {
                        Visit(item, Join(name, key), depth + 1);
                    }

                    break;
                case IReadOnlyList<object?> list:
                    for (var i = 0; i < list.Count; i++)
                    {
                        if (list[i] is PickleTensor or PickleDict or List<object?> or object?[])
                        {
                            Visit(list[i], Join(name, (long)i), depth + 1);
                        }
                    }

                    break;
            }
        }

        string Join(string name, object? key)
        {
            var text = key switch
            {
                string s => s,
                long n => n.ToString(CultureInfo.InvariantCulture),
                _ => throw ZipEntries.Wrong(path, "a key of a dictionary is neither a text nor a whole number"),
            };
            return name.Length + text.Length < MaximumName ? name.Length == 0 ? text : $"{name}.{text}" : throw ZipEntries.Wrong(path, $"a name is longer than {MaximumName} letters");
        }
    }
}
