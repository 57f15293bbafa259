using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Cli.Commands;

/// <summary>
/// A launched node's tie to its launcher: the node does not outlive it, whatever ended it and whatever the node
/// is doing.
/// </summary>
/// <remarks>
/// <code>
///   launcher                                   node
///      |--- first line: whom to join ----------->|
///      |--- end of standard input -------------->|  it leaves; after <see cref="LeaveLimit"/> it is ended
///      X    killed                               |  the same, and on Linux the kernel ends it at once, even
///                                                |  while it is suspended
/// </code>
/// On a thread of its own, from the process's first moment: a machine that has more work than cores runs neither
/// the thread pool nor the node's start in time.
/// </remarks>
internal sealed class LauncherWatch : IDisposable
{
    /// <summary>The launcher itself waits as long before it ends its nodes.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);

    private readonly TextReader _input;
    private readonly ManualResetEventSlim _isFollowed = new();
    private readonly ManualResetEventSlim _isOver = new();
    private ClusterNode? _node;

    /// <param name="input">Standard input.</param>
    public LauncherWatch(TextReader input)
    {
        _input = input;
        ProcessSignals.LeaveProcessGroup();
        ProcessSignals.EndWithLauncher();
        new Thread(Watch) { IsBackground = true, Name = "launcher-watch" }.Start();
    }

    /// <summary>The node has started, and can be told whom to join.</summary>
    public void Follow(ClusterNode node)
    {
        _node = node;
        _isFollowed.Set();
    }

    /// <summary>The node has ended by itself.</summary>
    public void Dispose() => _isOver.Set();

    private void Watch()
    {
        string? seeds = _input.ReadLine();
        if (seeds is not null)
        {
            _isFollowed.Wait();
            _node!.Join(seeds.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            while (_input.ReadLine() is not null) { }
        }
        _ = _node?.Leave();
        if (!_isOver.Wait(LeaveLimit))
        {
            using Process own = Process.GetCurrentProcess();
            own.Kill();
        }
    }
}
