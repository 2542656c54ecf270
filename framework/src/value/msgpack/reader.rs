//! MessagePack without types: one token after the other.

/// What comes next. Arrays and maps are only announced; their length is whatever the sender says and is worth nothing until
/// the elements have been read.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Integer(i64),
    /// An integer above [`i64::MAX`].
    Large(u64),
    /// A float of either width.
    Float(f64),
    /// A string or binary; whether it is UTF-8 is not known yet.
    Text(&'a [u8]),
    Array(u32),
    Map(u32),
    Extension(i8, &'a [u8]),
}

/// Bytes that are being read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The bytes are no MessagePack.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("the bytes end in the middle of the value")]
    End,
    #[error("0xc1 is no MessagePack")]
    Reserved,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// The next token, with its payload if it is a text or an extension.
    pub fn token(&mut self) -> Result<Token<'a>, Malformed> {
        Ok(match self.byte()? {
            fix @ 0x00..=0x7f => Token::Integer(fix.into()),
            fix @ 0x80..=0x8f => Token::Map((fix & 0x0f).into()),
            fix @ 0x90..=0x9f => Token::Array((fix & 0x0f).into()),
            fix @ 0xa0..=0xbf => self.text((fix & 0x1f).into())?,
            0xc0 => Token::Nil,
            0xc1 => return Err(Malformed::Reserved),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4 | 0xd9 => self.length8().and_then(|length| self.text(length))?,
            0xc5 | 0xda => self.length16().and_then(|length| self.text(length))?,
            0xc6 | 0xdb => self.length32().and_then(|length| self.text(length))?,
            0xc7 => self.length8().and_then(|length| self.extension(length))?,
            0xc8 => self.length16().and_then(|length| self.extension(length))?,
            0xc9 => self.length32().and_then(|length| self.extension(length))?,
            0xca => Token::Float(f32::from_be_bytes(self.array()?).into()),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Integer(u8::from_be_bytes(self.array()?).into()),
            0xcd => Token::Integer(u16::from_be_bytes(self.array()?).into()),
            0xce => Token::Integer(u32::from_be_bytes(self.array()?).into()),
            0xcf => {
                let integer = u64::from_be_bytes(self.array()?);
                i64::try_from(integer).map_or(Token::Large(integer), Token::Integer)
            }
            0xd0 => Token::Integer(i8::from_be_bytes(self.array()?).into()),
            0xd1 => Token::Integer(i16::from_be_bytes(self.array()?).into()),
            0xd2 => Token::Integer(i32::from_be_bytes(self.array()?).into()),
            0xd3 => Token::Integer(i64::from_be_bytes(self.array()?)),
            fix @ 0xd4..=0xd8 => self.extension(1 << (fix - 0xd4))?,
            0xdc => Token::Array(self.length16()?),
            0xdd => Token::Array(self.length32()?),
            0xde => Token::Map(self.length16()?),
            0xdf => Token::Map(self.length32()?),
            fix @ 0xe0..=0xff => Token::Integer(fix.cast_signed().into()),
        })
    }

    /// The next token if it is a text. If it is anything else, one byte is skipped.
    pub fn text_or_skip(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        match self.rest.first() {
            Some(0xa0..=0xbf | 0xc4..=0xc6 | 0xd9..=0xdb) => match self.token()? {
                Token::Text(text) => Ok(Some(text)),
                _ => Ok(None),
            },
            _ => self.byte().map(|_| None),
        }
    }

    /// Skips one value, whatever it is. Not recursive: nesting costs no stack.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        let mut left = 1u64;
        while left > 0 {
            let inside = match self.token()? {
                Token::Array(length) => length.into(),
                Token::Map(length) => 2 * u64::from(length),
                _ => 0,
            };
            left = (left - 1).saturating_add(inside);
        }
        Ok(())
    }

    fn text(&mut self, length: u32) -> Result<Token<'a>, Malformed> {
        self.take(length).map(Token::Text)
    }

    fn extension(&mut self, length: u32) -> Result<Token<'a>, Malformed> {
        let kind = self.byte()?.cast_signed();
        self.take(length).map(|payload| Token::Extension(kind, payload))
    }

    fn length8(&mut self) -> Result<u32, Malformed> {
        self.byte().map(u32::from)
    }

    fn length16(&mut self) -> Result<u32, Malformed> {
        self.array().map(|bytes| u16::from_be_bytes(bytes).into())
    }

    fn length32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed::End)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed::End)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed::End)?;
        self.rest = rest;
        Ok(taken)
    }
}
