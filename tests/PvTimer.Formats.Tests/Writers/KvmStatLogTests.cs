using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Formats.Writers;

namespace PvTimer.Formats.Tests.Writers;

public class KvmStatLogTests
{
    [Fact]
    public void Names_are_sorted_and_numbers_stand_below_them_in_eleven_places()
    {
        Assert.Equal(
            "kvm_entry kvm_exit kvm_exit(HLT) \n"
                + "         7          8          0 \n"
                + "         0          1          1 \n",
            Write(
                Second(("kvm_exit", 8), ("kvm_entry", 7)),
                Second(("kvm_exit(HLT)", 1), ("kvm_exit", 1))
            )
        );
        Assert.Equal("", Write());
    }

    [Fact]
    public void Names_come_again_after_twenty_lines()
    {
        string[] lines = Write([.. Enumerable.Repeat(Second(("kvm_exit", 1)), 21)]).Split('\n');
        Assert.Equal(24, lines.Length);
        Assert.Equal("kvm_exit ", lines[0]);
        Assert.Equal("kvm_exit ", lines[21]);
        Assert.Equal("         1 ", lines[20]);
    }

    private static Dictionary<string, long> Second(params (string Event, long Count)[] events) =>
        events.ToDictionary(each => each.Event, each => each.Count, StringComparer.Ordinal);

    private static string Write(params Dictionary<string, long>[] seconds)
    {
        using StringWriter writer = new();
        KvmStatLog.Write(writer, seconds);
        return writer.ToString();
    }
}
