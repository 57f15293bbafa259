using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Tests.Windows;

/// <summary>What one process writes into shared memory is what the other reads, and no reader sleeps through it.</summary>
public sealed class SharedMemoryTests
{
    private readonly SharedMemoryLink _one;
    private readonly SharedMemoryLink _other;
    private byte[] _buffer = new byte[8];

    public SharedMemoryTests()
    {
        _one = SharedMemoryLink.Create();
        _other = SharedMemoryLink.Join(_one.Name)!;
        _one.RemoveName();
    }

    private static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        for (int index = 0; index < length; index++)
        {
            content[index] = (byte)(((seed * 31) + index) & 0xff);
        }
        return content;
    }

    [Fact]
    public void Frames_come_whole_and_in_order_many_times_around_the_ring()
    {
        int sent = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] content = Content(round, round * 7919 % 5000);
            Assert.True(_one.TrySend(1, round, content));
            Assert.True(_other.TryReceive(1, round, ref _buffer, out int length));
            Assert.Equal(content, _buffer[..length]);
            sent += length;
        }
        Assert.True(sent > 4 * SharedRing.Capacity);
    }

    [Fact]
    public void Both_ways_are_apart()
    {
        Assert.True(_one.TrySend(1, 0, Content(1, 10)));
        Assert.True(_other.TrySend(1, 0, Content(2, 20)));
        Assert.True(_one.TryReceive(1, 0, ref _buffer, out int length));
        Assert.Equal(Content(2, 20), _buffer[..length]);
        Assert.True(_other.TryReceive(1, 0, ref _buffer, out length));
        Assert.Equal(Content(1, 10), _buffer[..length]);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_fits_when_there_is_room()
    {
        byte[] half = new byte[SharedRing.Capacity / 2];
        Assert.False(_one.TrySend(1, 0, new byte[SharedRing.Capacity]));
        Assert.True(_one.TrySend(1, 0, half));
        Assert.False(_one.TrySend(1, 1, half));
        Assert.True(_other.TryReceive(1, 0, ref _buffer, out _));
        Assert.True(_one.TrySend(1, 1, half));
    }

    [Fact]
    public void Frames_of_older_formations_are_discarded_and_those_of_later_ones_stay()
    {
        Assert.True(_one.TrySend(4, 9, Content(1, 3)));
        Assert.True(_one.TrySend(5, 0, Content(2, 3)));
        Assert.True(_one.TrySend(6, 0, Content(3, 3)));
        Assert.False(_other.TryReceive(5, 1, ref _buffer, out _));
        Assert.True(_other.TryReceive(5, 0, ref _buffer, out int length));
        Assert.Equal(Content(2, 3), _buffer[..length]);
        Assert.False(_other.TryReceive(5, 1, ref _buffer, out _));
        Assert.True(_other.TryReceive(6, 0, ref _buffer, out length));
        Assert.Equal(Content(3, 3), _buffer[..length]);
    }

    /// <summary>A wake-up that got lost would cost the reader a minute.</summary>
    [Fact]
    public async Task Reader_that_goes_to_sleep_is_woken_by_every_frame()
    {
        const int frames = 20_000;
        Stopwatch watch = Stopwatch.StartNew();
        Task reader = Task.Factory.StartNew(
            () =>
            {
                byte[] buffer = new byte[16];
                for (int round = 0; round < frames; round++)
                {
                    while (!_other.TryReceive(1, round, ref buffer, out _))
                    {
                        if (_other.IsSleepAnnounced)
                        {
                            _other.Sleep(TimeSpan.FromMinutes(1));
                        }
                        else
                        {
                            _other.AnnounceSleep();
                        }
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        for (int round = 0; round < frames; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => _other.IsSleepAnnounced, 50_000));
            // Before it sleeps, as it falls asleep, and when it has.
            Thread.SpinWait(round % 300);
            Assert.True(_one.TrySend(1, round, [1]));
        }
        await reader.WaitAsync(TimeSpan.FromSeconds(50));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(50));
    }

    [Fact]
    public void Memory_is_one_users_and_has_no_name_any_more_once_both_have_it()
    {
        SharedMemoryLink made = SharedMemoryLink.Create();
        string path = $"/dev/shm/pvtimer-{made.Name}";
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            new FileInfo(path).UnixFileMode
        );
        Assert.False(made.IsOpen);
        Assert.True(SharedMemoryLink.Join(made.Name)!.IsOpen);
        made.RemoveName();
        Assert.False(File.Exists(path));
        Assert.Null(SharedMemoryLink.Join(made.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde/")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    public void Name_that_is_none_is_not_looked_for(string name) =>
        Assert.Null(SharedMemoryLink.Join(name));

    [Fact]
    public void File_of_another_size_is_not_taken()
    {
        const string name = "00000000000000000000000000000bad";
        string path = $"/dev/shm/pvtimer-{name}";
        File.WriteAllBytes(path, new byte[100]);
        try
        {
            Assert.Null(SharedMemoryLink.Join(name));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
