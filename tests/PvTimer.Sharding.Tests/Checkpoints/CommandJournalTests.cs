using System;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>Commands on disk.</summary>
public sealed class CommandJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string JournalFile => Path.Combine(_folder, "commands.jsonl");

    [Fact]
    public void Commands_come_back_in_order_from_any_of_them_on()
    {
        Assert.Empty(Journal().After(0));
        ClusterCommand[] commands =
        [
            new(ClusterVerb.Inject, "{ stall = h0,\n for = 1ms }", By: "alice", Reason: "to see"),
            new(ClusterVerb.Hold, "run", "5ms"),
            new(ClusterVerb.Stop, "run"),
        ];
        Assert.Equal([1, 2, 3], commands.Select(each => Journal().Append(each, writer: 0).Number));
        Assert.Equal(commands, Journal().After(0).Select(each => each.Command));
        Assert.Equal(commands[2..], Journal().After(2).Select(each => each.Command));
        Assert.Empty(Journal().After(3));
    }

    [Fact]
    public void Commands_of_one_submission_are_told_from_those_of_the_one_before()
    {
        ClusterCommand hold = new(ClusterVerb.Hold, "run", "5ms");
        Journal().Append(hold, writer: 0, submission: "run");
        Journal().Append(hold, writer: 0, submission: "again");
        Journal().Append(hold, writer: 0, submission: "run");
        Assert.Equal([1], Journal().UpTo(2, "run").Select(each => each.Number));
        Assert.Equal([2], Journal().UpTo(3, "again").Select(each => each.Number));
        Assert.Equal("again", Journal().After(1)[0].Submission);
    }

    [Fact]
    public void Runs_that_share_a_directory_do_not_take_up_each_others_commands()
    {
        Journal("one").Append(new ClusterCommand(ClusterVerb.Stop, "one"), writer: 0);
        Assert.Equal(
            2,
            Journal("other").Append(new ClusterCommand(ClusterVerb.Stop, "x"), writer: 0).Number
        );
        Assert.Equal("other", Journal("other").After(0).Single().Run);
    }

    [Fact]
    public void Line_that_was_never_whole_was_never_acknowledged_and_is_written_over()
    {
        Journal().Append(new ClusterCommand(ClusterVerb.Stop, "first"), writer: 0);
        byte[] whole = File.ReadAllBytes(JournalFile);
        Journal().Append(new ClusterCommand(ClusterVerb.Stop, "second"), writer: 0);
        byte[] both = File.ReadAllBytes(JournalFile);
        for (int length = whole.Length; length < both.Length; length++)
        {
            File.WriteAllBytes(JournalFile, both[..length]);
            Assert.Equal("first", Journal().After(0).Single().Command.Subject);
            Journal().Append(new ClusterCommand(ClusterVerb.Stop, "third"), writer: 0);
            Assert.Equal(
                ["first", "third"],
                Journal().After(0).Select(each => each.Command.Subject),
                StringComparer.Ordinal
            );
        }
    }

    [Fact]
    public void Damage_within_is_said_and_nothing_is_taken_for_a_command()
    {
        Journal().Append(new ClusterCommand(ClusterVerb.Stop, "first"), writer: 0);
        Journal().Append(new ClusterCommand(ClusterVerb.Stop, "second"), writer: 0);
        string[] lines = File.ReadAllLines(JournalFile);
        foreach (
            string damaged in new[]
            {
                "{}\n" + lines[1],
                "\n" + lines[1],
                lines[1] + "\n" + lines[0],
                lines[0] + "\n" + lines[0],
                "null\n" + lines[1],
            }
        )
        {
            File.WriteAllText(JournalFile, damaged + "\n");
            IOException said = Assert.Throws<IOException>(() => Journal().After(0));
            Assert.Contains("is not what was written", said.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Command_that_is_written_twice_has_one_line()
    {
        ClusterCommand stop = new(ClusterVerb.Stop, "run", Id: "a");
        AcceptedCommand first = Journal().Append(stop, writer: 0, earliestNanoseconds: 5);
        Assert.Equal(first, Journal().Append(stop, writer: 0, earliestNanoseconds: 9));
        Assert.Equal(2, Journal().Append(stop with { Id = "b" }, writer: 0).Number);
        Assert.Equal(1, Journal("other").Append(stop, writer: 0).Number - 2);
    }

    [Fact]
    public void Coordinator_before_the_last_one_cannot_write_any_more()
    {
        ClusterCommand stop = new(ClusterVerb.Stop, "run");
        long first = Journal().TakeOver();
        Journal().Append(stop, first);
        long second = Journal().TakeOver();
        Assert.Throws<DeposedException>(() => Journal().Append(stop, first));
        Assert.Throws<DeposedException>(() => Journal().RequireWriter(first));
        Journal().RequireWriter(second);
        Journal().Append(stop, second);
        // Taking over is no command, and another run in the directory has a writer of its own.
        Assert.Equal(2, Journal().After(0).Length);
        Journal("other").TakeOver();
        Journal().RequireWriter(second);
    }

    [Fact]
    public void Journal_that_has_read_its_lines_sees_what_has_become_of_them_since()
    {
        ClusterCommand stop = new(ClusterVerb.Stop, "first");
        CommandJournal journal = Journal();
        long writer = journal.TakeOver();
        journal.Append(stop, writer);
        Assert.Single(journal.After(0));
        byte[] whole = File.ReadAllBytes(JournalFile);

        Journal().Append(stop with { Subject = "second" }, writer);
        Assert.Equal(
            ["first", "second"],
            journal.After(0).Select(each => each.Command.Subject),
            StringComparer.Ordinal
        );
        File.WriteAllBytes(JournalFile, whole);
        Assert.Single(journal.After(0));
        File.WriteAllText(
            JournalFile,
            File.ReadAllText(JournalFile).Replace("first", "other", StringComparison.Ordinal)
        );
        Assert.Equal("other", Assert.Single(journal.After(0)).Command.Subject);
        File.WriteAllBytes(JournalFile, whole[1..]);
        Assert.Throws<IOException>(() => journal.After(0));
        File.WriteAllBytes(JournalFile, whole);
        Journal().TakeOver();
        Assert.Throws<DeposedException>(() => journal.RequireWriter(writer));
    }

    private CommandJournal Journal(string run = "run") =>
        new(new RunSpec(run, "scenario.conf", "pvtimer", _folder, 0, 1), LocalFiles.Instance);
}
