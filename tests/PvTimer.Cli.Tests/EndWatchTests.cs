using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli.Commands;

namespace PvTimer.Cli.Tests;

/// <summary>The process of a node does not outlive its node.</summary>
public sealed class EndWatchTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _ending = new();
    private readonly TaskCompletionSource _killed = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public async Task Process_that_does_not_end_is_killed_and_says_so()
    {
        using EndWatch watch = new(_ending.Task, "node-1", _error, _killed.SetResult, Soon);
        _ending.SetResult();
        await _killed.Task.WaitAsync(Long);
        Assert.Equal(
            "pvtimer: node-1 has ended, and its process does not: it is killed\n",
            _error.ToString()
        );
    }

    [Fact]
    public async Task Process_that_cannot_even_say_so_is_killed()
    {
        using EndWatch watch = new(
            _ending.Task,
            "node-1",
            new BrokenPipe(),
            _killed.SetResult,
            Soon
        );
        _ending.SetResult();
        await _killed.Task.WaitAsync(Long);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Node_that_goes_on_or_ends_in_time_is_left_alone(bool ends)
    {
        using (new EndWatch(_ending.Task, "node-1", _error, _killed.SetResult, Long))
        {
            if (ends)
            {
                _ending.SetResult();
            }
        }
        Thread.Sleep(Soon);
        Assert.False(_killed.Task.IsCompleted);
    }

    /// <summary>A pipe whose other end is gone.</summary>
    private sealed class BrokenPipe : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Broken pipe");
    }
}
