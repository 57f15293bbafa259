using PvTimer.Model.Apic;

namespace PvTimer.Model.Tests.Apic;

/// <summary>Who a write of the x2APIC ICR reaches, in a VM of 40 vCPUs; the sender is 2.</summary>
public class InterruptCommandTests
{
    private const ulong Logical = 1UL << 11;

    private static ulong To(uint destination) => (ulong)destination << 32;

    public static TheoryData<string, ulong, int[]> Commands =>
        new()
        {
            { "physical", To(5), [5] },
            { "physical, unknown", To(77), [] },
            { "physical, the sender", To(2), [2] },
            { "self", 1UL << 18, [2] },
            { "self, whatever the destination", (1UL << 18) | To(5), [2] },
            { "logical, cluster 0", Logical | To(0b1001), [0, 3] },
            { "logical, cluster 1", Logical | To(0x1_8002), [17, 31] },
            { "logical, cluster 2", Logical | To(0x2_0081), [32, 39] },
            { "logical, unknown cluster", Logical | To(0x3_0001), [] },
            { "lowest priority", To(5) | (1UL << 8), [5] },
            { "lowest priority, 0x51 modulo 3", Logical | To(0b1101) | (1UL << 8), [0] },
            {
                "lowest priority, all but the sender, 0x51 modulo 39",
                (3UL << 18) | (1UL << 8),
                [4]
            },
            { "fixed, level, asserted", To(5) | (3UL << 14), [5] },
            { "fixed, level, de-asserted", To(5) | (1UL << 15), [] },
            { "SMI", To(5) | (2UL << 8), [] },
            { "reserved", To(5) | (3UL << 8), [] },
            { "NMI", To(5) | (4UL << 8), [5] },
            { "INIT", To(5) | (5UL << 8) | (1UL << 14), [5] },
            { "INIT, de-asserted", To(5) | (5UL << 8) | (1UL << 15), [] },
            { "start-up", To(5) | (6UL << 8), [5] },
        };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_reaches_those_it_names(string what, ulong value, int[] reached)
    {
        InterruptCommand command = new(value | 0x51);
        Assert.Equal(reached, command.Destinations(sender: 2, InterruptCommand.IdsByIndex(40)));
        Assert.True(command.Vector == 0x51, what);
    }

    [Theory]
    [InlineData(2UL << 18, 4)]
    [InlineData(0xffff_ffffUL << 32, 4)]
    [InlineData((0xffff_ffffUL << 32) | Logical, 4)]
    [InlineData(3UL << 18, 3)]
    public void Command_to_all_reaches_all_or_all_but_the_sender(ulong value, int reached)
    {
        InterruptCommand command = new(value | 0xff);
        Assert.Equal(
            reached,
            command.Destinations(sender: 1, InterruptCommand.IdsByIndex(4)).Length
        );
        Assert.Equal(
            reached == 4,
            command.Destinations(sender: 1, InterruptCommand.IdsByIndex(4)).Contains(1)
        );
        Assert.Equal(0xff, command.Vector);
    }
}
