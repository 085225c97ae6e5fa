using System.Buffers.Binary;
using System.Text;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>
/// Reads the pickle of a state dict. A pickle is a program; of its machine this has only the operations that torch.save writes for
/// dictionaries, numbers, texts and tensors, and none that could run anything: what a pickle names is compared with a short list, never
/// looked up. Every other operation and every other name is refused.
/// </summary>
/// <remarks>Source: pickle protocol 2 (PEP 307) as <c>torch/serialization.py</c> and <c>torch/_utils.py</c> use it.</remarks>
internal ref struct PickleMachine
{
    // Each operation is a byte at least, and makes one object: what the file does not hold cannot be allocated.
    private readonly ReadOnlySpan<byte> code;
    private readonly string place;
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<uint, object?> memo = [];
    private int at;

    private PickleMachine(ReadOnlySpan<byte> code, string place)
    {
        this.code = code;
        this.place = place;
    }

    /// <summary>What the pickle stands for.</summary>
    /// <param name="code">The pickle.</param>
    /// <param name="place">Where it is, for messages.</param>
    /// <exception cref="HrmGenException">It is damaged, or does what a state dict need not do.</exception>
    public static object? Run(ReadOnlySpan<byte> code, string place)
    {
        var machine = new PickleMachine(code, place);
        while (machine.Step())
        {
        }

        return machine.stack is [var only] && machine.marks.Count == 0 ? only : throw machine.Wrong("it ends with more or less than one value");
    }

    private bool Step()
    {
        var operation = Byte();
        switch (operation)
        {
            case 0x80: // PROTO
                if (Byte() is var version and not 2)
                {
                    throw Wrong($"its protocol is {version}, torch.save writes 2 unless asked otherwise; save it again without pickle_protocol");
                }

                break;
            case (byte)'.': // STOP
                return false;
            case (byte)'(': // MARK
                marks.Push(stack.Count);
                break;
            case (byte)'}': // EMPTY_DICT
                stack.Add(new PickleDict());
                break;
            case (byte)']': // EMPTY_LIST
                stack.Add(new List<object?>());
                break;
            case (byte)')': // EMPTY_TUPLE
                stack.Add(Array.Empty<object?>());
                break;
            case (byte)'N': // NONE
                stack.Add(null);
                break;
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                stack.Add(operation == 0x88);
                break;
            case (byte)'J': // BININT
                stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)));
                break;
            case (byte)'K': // BININT1
                stack.Add((long)Byte());
                break;
            case (byte)'M': // BININT2
                stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)));
                break;
            case 0x8a: // LONG1
                stack.Add(Long(Byte()));
                break;
            case (byte)'G': // BINFLOAT
                stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)));
                break;
            case (byte)'X': // BINUNICODE
                stack.Add(Encoding.UTF8.GetString(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))));
                break;
            case (byte)'q': // BINPUT
                memo[Byte()] = Top();
                break;
            case (byte)'r': // LONG_BINPUT
                memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Top();
                break;
            case (byte)'h': // BINGET
                stack.Add(Memo(Byte()));
                break;
            case (byte)'j': // LONG_BINGET
                stack.Add(Memo(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))));
                break;
            case (byte)'t': // TUPLE
                stack.Add(PopMark());
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                stack.Add(Pop(operation - 0x84));
                break;
            case (byte)'a': // APPEND
                var item = Pop();
                As<List<object?>>(Top(), "a list").Add(item);
                break;
            case (byte)'e': // APPENDS
                var items = PopMark();
                As<List<object?>>(Top(), "a list").AddRange(items);
                break;
            case (byte)'s': // SETITEM
                Set(Pop(2));
                break;
            case (byte)'u': // SETITEMS
                Set(PopMark());
                break;
            case (byte)'c': // GLOBAL
                var module = Line();
                var name = Line();
                stack.Add(PickleNames.Find(module, name) ?? throw Wrong(Refused(module, name)));
                break;
            case (byte)'Q': // BINPERSID
                stack.Add(Storage(Pop()));
                break;
            case (byte)'R': // REDUCE
                var arguments = As<object?[]>(Pop(), "arguments");
                stack.Add(Call(Pop(), arguments));
                break;
            case (byte)'b': // BUILD
                // The attributes of an OrderedDict: a module's _metadata, its versions. Nothing here needs them.
                _ = As<PickleDict>(Pop(), "attributes");
                _ = As<PickleDict>(Top(), "an OrderedDict with attributes");
                break;
            default:
                throw Wrong($"the operation 0x{operation:x2} has no business in a state dict");
        }

        return true;
    }

    private object? Call(object? function, object?[] arguments)
    {
        switch (function)
        {
            case PickleName.OrderedDict when arguments.Length == 0:
                return new PickleDict();
            case PickleName.RebuildParameter when arguments is [PickleTensor data, bool, PickleDict { Items.Count: 0 }]:
                return data;
            case PickleName.RebuildTensor when arguments is [PickleStorage storage, long offset, object?[] size, object?[] stride, bool, PickleDict { Items.Count: 0 }, ..] && arguments.Length <= 7:
                return PickleNames.View(storage, offset, size, stride) ?? throw Wrong("a tensor does not lie within its storage");
            default:
                throw Wrong("it calls something in a way that torch.save does not");
        }
    }

    private readonly PickleStorage Storage(object? id) => id is object?[] and ["storage", PickleStorageType type, string key, string, long count] && count >= 0
        ? new(type, key, count)
        : throw Wrong("a persistent id is no storage");

    private void Set(object?[] items)
    {
        var dict = As<PickleDict>(Top(), "a dict");
        if (items.Length % 2 != 0)
        {
            throw Wrong("a dict has a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            dict.Items.Add((items[i], items[i + 1]));
        }
    }

    private long Long(int length)
    {
        if (length > sizeof(long))
        {
            throw Wrong($"a whole number has {length} bytes");
        }

        var bytes = Bytes((uint)length);
        long value = length > 0 && (sbyte)bytes[^1] < 0 ? -1 : 0;
        for (var i = length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private byte Byte() => Bytes(1)[0];

    private ReadOnlySpan<byte> Bytes(uint count)
    {
        if (count > code.Length - at)
        {
            throw Wrong("it is cut short");
        }

        var bytes = code.Slice(at, (int)count);
        at += (int)count;
        return bytes;
    }

    private ReadOnlySpan<byte> Line()
    {
        var length = code[at..].IndexOf((byte)'\n');
        var line = Bytes(length < 0 ? uint.MaxValue : (uint)length);
        at++;
        return line;
    }

    private static string Refused(ReadOnlySpan<byte> module, ReadOnlySpan<byte> name)
    {
        static string Readable(ReadOnlySpan<byte> text) => new([.. Encoding.ASCII.GetString(text[..Math.Min(80, text.Length)]).Select(c => char.IsControl(c) ? '?' : c)]);
        return $"it names '{Readable(module)}.{Readable(name)}', which a state dict does not need; save only model.state_dict()";
    }

    private readonly object? Memo(uint index) => memo.TryGetValue(index, out var value) ? value : throw Wrong($"it has kept nothing under {index}");

    private readonly object? Top() => stack.Count > (marks.Count == 0 ? 0 : marks.Peek()) ? stack[^1] : throw Wrong("a value is missing");

    private readonly object? Pop() => Pop(1)[0];

    private readonly object?[] Pop(int count)
    {
        if (stack.Count - count < (marks.Count == 0 ? 0 : marks.Peek()))
        {
            throw Wrong("a value is missing");
        }

        var values = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopMark() => marks.TryPop(out var mark) ? Pop(stack.Count - mark) : throw Wrong("a mark is missing");

    private readonly T As<T>(object? value, string what)
        where T : class => value as T ?? throw Wrong($"there is something else where {what} must be");

    private readonly HrmGenException Wrong(string what) => new($"{place}: byte {at}: not the pickle of a state dict: {what}. Nothing of it was run.");
}
