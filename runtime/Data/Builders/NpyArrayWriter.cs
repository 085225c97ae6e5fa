using System.Buffers.Binary;
using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>
/// Writes one array in numpy's .npy format, version 1.0, C order, little endian, row after row without holding it in memory. The head
/// is what numpy.save writes for it: 128 bytes, whatever the number of rows, so it can be filled in at the end.
/// </summary>
internal sealed class NpyArrayWriter : IDisposable
{
    private const int HeaderLength = 128;
    private const int PrefixLength = 10;

    private readonly FileStream _stream;
    private readonly string _descr;
    private readonly int _elementSize;
    private readonly int? _columns;
    private readonly byte[] _wide = new byte[8 * 1024];
    private long _elements;

    /// <param name="path">The file to create.</param>
    /// <param name="descr">numpy's type code: <c>|u1</c>, <c>&lt;i4</c> or <c>&lt;i8</c>.</param>
    /// <param name="columns">Length of a row of a two-dimensional array; null for a list.</param>
    public NpyArrayWriter(string path, string descr, int? columns)
    {
        (_descr, _columns) = (descr, columns);
        _elementSize = descr[^1] - '0';
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        _stream.Write(new byte[HeaderLength]);
    }

    /// <summary>Appends values below 256, such as tokens.</summary>
    public void Write(ReadOnlySpan<byte> values)
    {
        _elements += values.Length;
        if (_elementSize == 1)
        {
            _stream.Write(values);
            return;
        }

        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, _wide.Length / _elementSize);
            Span<byte> wide = _wide.AsSpan(0, count * _elementSize);
            wide.Clear();
            for (int i = 0; i < count; i++)
            {
                wide[i * _elementSize] = values[i];
            }

            _stream.Write(wide);
            values = values[count..];
        }
    }

    /// <summary>Appends one value.</summary>
    public void Write(int value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _stream.Write(bytes[.._elementSize]);
        _elements++;
    }

    /// <summary>Fills in the head and flushes to the disk.</summary>
    public void Complete()
    {
        string shape = _columns is { } columns ? $"({_elements / columns}, {columns})" : $"({_elements},)";
        string text = $"{{'descr': '{_descr}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(HeaderLength - PrefixLength - 1) + "\n";
        Span<byte> header = stackalloc byte[HeaderLength];
        ReadOnlySpan<byte> prefix = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, HeaderLength - PrefixLength, 0];
        prefix.CopyTo(header);
        Encoding.ASCII.GetBytes(text, header[PrefixLength..]);
        _stream.Position = 0;
        _stream.Write(header);
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();
}
