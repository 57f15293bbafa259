using System.IO;
using PvTimer.Sharding.Launching;

namespace PvTimer.Sharding.Tests.Launching;

/// <summary>Files of the user and of root are trusted, those of others are not.</summary>
public sealed class FileOwnerTests
{
    [Theory]
    [InlineData(1000, 1000, false)]
    [InlineData(0, 1000, false)]
    [InlineData(0, 0, false)]
    [InlineData(1001, 1000, true)]
    [InlineData(1000, 0, true)]
    public void A_file_is_foreign_by_its_owner(uint owner, uint user, bool isForeign) =>
        Assert.Equal(isForeign, FileOwner.IsForeign(owner, user));

    [Fact]
    public void A_file_that_was_just_made_is_the_users_own()
    {
        string file = Path.GetTempFileName();
        Assert.False(FileOwner.IsForeign(file, out _));
        File.Delete(file);
        Assert.False(FileOwner.IsForeign(file, out _));
    }
}
