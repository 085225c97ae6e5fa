using HrmGen.Checkpoints;

namespace HrmGen.Tests.Checkpoints;

/// <summary>How a step on the disk fails.</summary>
public enum Fault
{
    /// <summary>It does nothing and reports an error; what follows works.</summary>
    Error,

    /// <summary>It does its work and reports an error all the same; what follows works.</summary>
    LateError,

    /// <summary>The process ends before it; a write has done half of its work.</summary>
    Crash,

    /// <summary>The process ends after it.</summary>
    LateCrash,
}

/// <summary>A disk on which one step fails; it also keeps a log of all of them.</summary>
internal sealed class FaultyStorage(int failing, Fault fault) : CheckpointStorage
{
    private bool crashed;

    public List<string> Log { get; } = [];

    public override void CreateFolder(string path) => Do("create", path, () => base.CreateFolder(path));

    public override Stream CreateFile(string path)
    {
        Stream? file = null;
        Do("file", path, () => file = new WatchedStream(this, path, base.CreateFile(path)));
        return file!;
    }

    public override void FlushFile(Stream file)
    {
        var watched = (WatchedStream)file;
        Do("flush", watched.Path, () => base.FlushFile(watched.Inner));
    }

    public override void FlushFolder(string path) => Do("flush folder", path, () => base.FlushFolder(path));

    public override void RenameFolder(string from, string to) => Do("rename", $"{from} {to}", () => base.RenameFolder(from, to));

    public override void DeleteFolder(string path) => Do("delete", path, () => base.DeleteFolder(path));

    private void Do(string what, string path, Action action, Action? half = null)
    {
        if (crashed)
        {
            throw new IOException("The process is gone");
        }

        Log.Add($"{what} {path}");
        if (Log.Count - 1 != failing)
        {
            action();
            return;
        }

        if (fault is Fault.LateError or Fault.LateCrash)
        {
            action();
        }
        else if (fault is Fault.Crash)
        {
            half?.Invoke();
        }

        crashed = fault is Fault.Crash or Fault.LateCrash;
        throw new IOException("No space left on device");
    }

    private sealed class WatchedStream(FaultyStorage owner, string path, Stream inner) : Stream
    {
        public string Path => path;

        public Stream Inner => inner;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var bytes = buffer.ToArray();
            owner.Do("write", path, () => inner.Write(bytes), () => inner.Write(bytes, 0, bytes.Length / 2));
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
