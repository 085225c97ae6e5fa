using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Data;

/// <summary>What the head of a .npy file declares, checked against the length of the file.</summary>
/// <param name="Descr">numpy's type code: <c>|u1 |i1 |b1 &lt;i2 &lt;i4 &lt;i8</c>.</param>
/// <param name="ElementSize">Bytes of one element.</param>
/// <param name="Shape">Sizes of the dimensions; empty for a scalar.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="DataOffset">Byte at which the elements begin.</param>
internal sealed record NpyHeader(string Descr, int ElementSize, long[] Shape, long Count, long DataOffset)
{
    // numpy refuses to parse headers over 10,000 characters itself unless told otherwise.
    private const int MaximumHeaderLength = 10_000;
    private const int MaximumDimensions = 32;
    private const string Rebuild = "Build the data set again, or write the array with numpy.save.";

    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the head of a .npy file of version 1.0 or 2.0.</summary>
    /// <exception cref="HrmGenException">Not a .npy file, an unsupported one, or one whose length is not what its head says.</exception>
    public static NpyHeader Read(SafeFileHandle handle, string path)
    {
        long fileLength = InputFile.Length(handle, path);
        Span<byte> start = stackalloc byte[12];
        start = start[..(int)Math.Min(start.Length, fileLength)];
        InputFile.ReadExactly(handle, path, 0, start);
        if (start.Length < 10 || !start.StartsWith(Magic))
        {
            throw new HrmGenException($"{path}: not a .npy file (it does not begin with the bytes 93 'NUMPY'). {Rebuild}");
        }

        (int major, int minor) = (start[6], start[7]);
        if (minor != 0 || major is not (1 or 2) || (major == 2 && start.Length < 12))
        {
            throw new HrmGenException($"{path}: .npy version {major}.{minor} is not supported, 1.0 and 2.0 are. {Rebuild}");
        }

        long textOffset = major == 1 ? 10 : 12;
        long textLength = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (textLength > MaximumHeaderLength || textOffset + textLength > fileLength)
        {
            throw new HrmGenException($"{path}: the header claims {textLength} bytes, the file has {fileLength}. {Rebuild}");
        }

        byte[] text = new byte[textLength];
        InputFile.ReadExactly(handle, path, textOffset, text);
        (string descr, bool fortranOrder, long[] shape) = new Parser(Encoding.Latin1.GetString(text), path).Parse();
        return Check(path, descr, fortranOrder, shape, textOffset + textLength, fileLength);
    }

    /// <summary>The shape as numpy writes it: <c>(400, 16)</c>, <c>(400,)</c>, <c>()</c>.</summary>
    public static string Format(IReadOnlyList<long> shape) =>
        shape.Count == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";

    private static NpyHeader Check(string path, string descr, bool fortranOrder, long[] shape, long offset, long fileLength)
    {
        // The byte order mark is meaningless for one-byte types, so numpy's '|' is not insisted on there.
        int size = descr switch
        {
            "|u1" or "<u1" or "|i1" or "<i1" or "|b1" or "<b1" => 1,
            "<i2" => 2,
            "<i4" => 4,
            "<i8" => 8,
            _ => throw new HrmGenException(
                $"{path}: elements of type '{descr}' are not supported, only little-endian integers and booleans " +
                "(|u1 |i1 |b1 <i2 <i4 <i8). Save the array as int32: numpy.save(path, array.astype('<i4'))."),
        };
        if (fortranOrder && shape.Length > 1)
        {
            throw new HrmGenException(
                $"{path}: the array is in Fortran order. Save it in C order: numpy.save(path, numpy.ascontiguousarray(array)).");
        }

        long count = 1;
        try
        {
            foreach (long dimension in shape)
            {
                count = checked(count * dimension);
            }

            _ = checked(count * size);
        }
        catch (OverflowException e)
        {
            throw new HrmGenException($"{path}: shape {Format(shape)} has more elements than any file can hold. {Rebuild}", e);
        }

        if (count * size != fileLength - offset)
        {
            throw new HrmGenException(
                $"{path}: shape {Format(shape)} of type {descr} needs {count * size} bytes, {fileLength - offset} follow the header. " +
                Rebuild);
        }

        return new NpyHeader(descr, size, shape, count, offset);
    }

    /// <summary>Reads the one Python literal that a header is: a dictionary of <c>descr</c>, <c>fortran_order</c> and <c>shape</c>.</summary>
    private sealed class Parser(string text, string path)
    {
        private int _at;

        public (string Descr, bool FortranOrder, long[] Shape) Parse()
        {
            string? descr = null;
            bool? fortranOrder = null;
            long[]? shape = null;
            Expect('{');
            while (!TryTake('}'))
            {
                string key = QuotedText();
                Expect(':');
                switch (key)
                {
                    case "descr" when descr is null:
                        descr = QuotedText();
                        break;
                    case "fortran_order" when fortranOrder is null:
                        fortranOrder = Boolean();
                        break;
                    case "shape" when shape is null:
                        shape = Tuple();
                        break;
                    default:
                        throw Malformed($"the key '{key}' is unknown or comes twice");
                }

                if (!TryTake(','))
                {
                    Expect('}');
                    break;
                }
            }

            if (text.AsSpan(_at).ContainsAnyExcept(" \n\r\t\0"))
            {
                throw Malformed("something follows the closing brace");
            }

            return descr is null || fortranOrder is null || shape is null
                ? throw Malformed("one of 'descr', 'fortran_order' and 'shape' is missing")
                : (descr, fortranOrder.Value, shape);
        }

        private string QuotedText()
        {
            char quote = TryTake('\'') ? '\'' : '"';
            if (quote == '"')
            {
                Expect('"');
            }

            int end = text.IndexOf(quote, _at);
            if (end < 0 || end - _at > 32)
            {
                throw Malformed("a quoted word is not closed");
            }

            string word = text[_at..end];
            _at = end + 1;
            return word;
        }

        private bool Boolean()
        {
            SkipSpace();
            foreach ((string word, bool value) in new[] { ("True", true), ("False", false) })
            {
                if (text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
                {
                    _at += word.Length;
                    return value;
                }
            }

            throw Malformed("'fortran_order' is neither True nor False");
        }

        private long[] Tuple()
        {
            var sizes = new List<long>();
            Expect('(');
            while (!TryTake(')'))
            {
                SkipSpace();
                int start = _at;
                while (_at < text.Length && char.IsAsciiDigit(text[_at]))
                {
                    _at++;
                }

                if (!long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                    || sizes.Count == MaximumDimensions)
                {
                    throw Malformed("'shape' is not a tuple of sizes");
                }

                sizes.Add(size);
                if (!TryTake(','))
                {
                    Expect(')');
                    break;
                }
            }

            return [.. sizes];
        }

        private void Expect(char wanted)
        {
            if (!TryTake(wanted))
            {
                throw Malformed($"'{wanted}' is missing");
            }
        }

        private bool TryTake(char wanted)
        {
            SkipSpace();
            if (_at >= text.Length || text[_at] != wanted)
            {
                return false;
            }

            _at++;
            return true;
        }

        private void SkipSpace()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
            {
                _at++;
            }
        }

        private HrmGenException Malformed(string what) =>
            new($"{path}: the .npy header cannot be read: {what} (character {_at} of the header). {Rebuild}");
    }
}
