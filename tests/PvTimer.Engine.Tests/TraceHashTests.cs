using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Engine.Tests;

public class TraceHashTests
{
    [Fact]
    public void Hash_of_no_entities_is_the_first_half_of_the_sha_256_of_nothing() =>
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb924", TraceHash.Of([]));

    [Fact]
    public void Digests_enter_as_little_endian_words_in_the_order_of_the_entities()
    {
        // printf '\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f\x70' | sha256sum
        Assert.Equal(
            "f39dac6cbaba535e2c207cd0cd8f1549",
            TraceHash.Of([0x6867_6665_6463_6261, 0x706f_6e6d_6c6b_6a69])
        );
        Assert.False(TraceHash.Of([1, 2]) == TraceHash.Of([2, 1]));
    }

    [Fact]
    public void Same_machine_gives_the_same_hash_and_another_seed_another_one()
    {
        string HashOf(ulong seed) =>
            SequentialEngine.Run(new RandomMachine(new(seed)), new()).TraceHash;
        Assert.Equal(HashOf(1), HashOf(1));
        Assert.False(HashOf(1) == HashOf(2));
    }
}
