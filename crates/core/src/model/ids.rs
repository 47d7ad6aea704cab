//! Ids: UUIDv7, each kind its own type, so that an account can never be passed where a user is meant.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. UUIDv7 (RFC 9562 section 5.7): sorts by time of birth, to the microsecond; 62 random bits.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(version_seven(now, random))
            }

            /// The id with exactly these bytes.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id with exactly these bytes, as a store keeps them.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The bare UUID, for claims and stores.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

id!(
    /// Names an account, the paying entity.
    AccountId
);
id!(
    /// Names a user, the subject of access tokens.
    UserId
);
id!(
    /// Names a session, one signed-in device of one user.
    SessionId
);
id!(
    /// Names an entry of the activity log.
    ActivityId
);
id!(
    /// Names one access or selection token (its `jti`).
    TokenId
);
id!(
    /// Names what one mail carries to prove that it was read.
    MailTokenId
);
id!(
    /// Names a letter.
    LetterId
);
id!(
    /// Names a service key.
    ServiceKeyId
);
id!(
    /// Names a webhook.
    RuleId
);
id!(
    /// Names what one listener is told of one entry of the activity log.
    DeliveryId
);

/// RFC 9562 section 6.2, method 3: the twelve bits behind the milliseconds hold their fraction.
fn version_seven(now: Timestamp, mut random: [u8; 10]) -> Uuid {
    let micros = u64::try_from(now.micros()).unwrap_or(0);
    let fraction = u16::try_from(micros % 1000 * 4096 / 1000).expect("a fraction of 4096 fits twelve bits");
    random[..2].copy_from_slice(&fraction.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(micros / 1000, &random).into_uuid()
}

impl SessionId {
    /// The moment that the id was made for, to the microsecond. Never of anything but order: it is whatever clock its maker had.
    #[must_use]
    pub fn moment(self) -> Timestamp {
        let bytes = self.as_bytes();
        let millis = bytes[..6].iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
        let fraction = i64::from(bytes[6] & 0x0f) << 8 | i64::from(bytes[7]);
        // The fraction was rounded down, so this is rounded up.
        Timestamp::from_micros(
            millis * 1000 + (fraction * 1000).div_euclid(4096) + i64::from(fraction * 1000 % 4096 != 0),
        )
    }

    /// The short tag that the names of the session's cookies carry: eight hexadecimal digits from the random end of the id
    /// (DESIGN 4.3, "cookies race too"). It only has to tell apart the few sessions of one browser.
    #[must_use]
    pub fn tag(self) -> String {
        data_encoding::HEXLOWER.encode(&self.as_bytes()[12..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_sorts_by_its_time_and_is_a_version_seven() {
        let early = SessionId::new(Timestamp::from_micros(1_700_000_000_000_998), [255; 10]);
        let late = SessionId::new(Timestamp::from_micros(1_700_000_000_000_999), [0; 10]);
        assert!(early < late);
        assert_eq!(late.uuid().get_version_num(), 7);
        assert_eq!(late.to_string().parse(), Ok(late));
    }

    #[test]
    fn the_moment_of_an_id_is_the_one_that_it_was_made_for() {
        for micros in (1_700_000_000_000_000..1_700_000_000_002_000).chain([0, 1, 999, 1000]) {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(SessionId::new(moment, [0xa5; 10]).moment(), moment);
        }
    }

    #[test]
    fn the_tag_is_eight_hexadecimal_digits_of_the_random_end() {
        assert_eq!(SessionId::from_bytes([0xab; 16]).tag(), "abababab");
    }
}
