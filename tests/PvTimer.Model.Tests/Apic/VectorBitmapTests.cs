using PvTimer.Model.Apic;

namespace PvTimer.Model.Tests.Apic;

/// <summary>IRR, ISR and PIR: 256 bits in four words.</summary>
public class VectorBitmapTests
{
    private static readonly byte[] s_vectors = [0, 1, 63, 64, 65, 127, 128, 191, 192, 236, 255];

    [Fact]
    public void Vector_that_is_set_is_there_alone_and_is_the_highest()
    {
        foreach (byte vector in s_vectors)
        {
            VectorBitmap bitmap = default;
            bitmap.Set(vector);
            Assert.False(bitmap.IsEmpty);
            Assert.Equal(vector, bitmap.Highest);
            for (int other = 0; other < 256; other++)
            {
                Assert.Equal(other == vector, bitmap.Contains((byte)other));
            }
            bitmap.Clear(vector);
            Assert.True(bitmap.IsEmpty);
            Assert.Equal(-1, bitmap.Highest);
        }
    }

    [Fact]
    public void Highest_vector_is_found_above_all_others()
    {
        VectorBitmap bitmap = default;
        foreach (byte vector in s_vectors)
        {
            bitmap.Set(vector);
            Assert.Equal(vector, bitmap.Highest);
        }
        for (int i = s_vectors.Length - 1; i > 0; i--)
        {
            bitmap.Clear(s_vectors[i]);
            Assert.Equal(s_vectors[i - 1], bitmap.Highest);
        }
    }

    [Fact]
    public void Vectors_that_are_taken_over_join_those_there_and_leave_nothing_behind()
    {
        VectorBitmap posted = default;
        VectorBitmap requested = default;
        foreach (byte vector in s_vectors)
        {
            posted.Set(vector);
            requested.Set((byte)(vector ^ 2));
        }
        posted.Set((byte)(s_vectors[0] ^ 2));
        requested.TakeAll(ref posted);
        Assert.True(posted.IsEmpty);
        foreach (byte vector in s_vectors)
        {
            Assert.True(requested.Contains(vector));
            Assert.True(requested.Contains((byte)(vector ^ 2)));
        }
    }
}
