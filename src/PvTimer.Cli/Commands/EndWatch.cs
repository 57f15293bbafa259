using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace PvTimer.Cli.Commands;

/// <summary>
/// Has the process of a node end when the node does, whatever state it is in: one that was declared dead must not be
/// there for ever.
/// </summary>
/// <remarks>
/// Out of file descriptors the runtime starts no thread (each takes a pipe) and loads no assembly, so what waits for the
/// node's end may never be gone on with. This thread is there from the beginning, and so is all that it needs.
/// </remarks>
internal sealed class EndWatch : IDisposable
{
    /// <summary>From the end of the node to that of its process; a busy machine takes a second.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _isOver = new();
    private readonly Task _ending;
    private readonly string _line;
    private readonly TextWriter _error;
    private readonly Action _kill;
    private readonly TimeSpan _limit;

    /// <param name="ending">The node is about to be gone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="error">Says that its process is killed.</param>
    public EndWatch(Task ending, string name, TextWriter error)
        : this(ending, name, error, Process.GetCurrentProcess().Kill, Limit) { }

    /// <summary>With another end than the process's own.</summary>
    internal EndWatch(Task ending, string name, TextWriter error, Action kill, TimeSpan limit)
    {
        (_ending, _error, _kill, _limit) = (ending, error, kill, limit);
        _line = $"pvtimer: {name} has ended, and its process does not: it is killed";
        new Thread(Watch) { IsBackground = true, Name = "end-watch" }.Start();
    }

    /// <summary>The process is about to end by itself.</summary>
    public void Dispose() => _isOver.Set();

    private void Watch()
    {
        _ending.Wait();
        if (_isOver.Wait(_limit))
        {
            return;
        }
        try
        {
            _error.WriteLine(_line);
        }
        catch (IOException)
        {
            // The one who would read it has ended.
        }
        _kill();
    }
}
