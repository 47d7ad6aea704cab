//! The colour of an operator. What must stay true: words in it, and on it, can be read by everybody who can read ours (WCAG 2.2, 1.4.3),
//! in light and in dark.

use std::fmt;

/// The colour of buttons and links: one where the page is light, and one where it is dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    light: Rgb,
    dark: Rgb,
}

/// This colour cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAnAccent {
    /// It is not written as `#a1b2c3`.
    Malformed,
    /// Words in it could not be read on our pages.
    Faint {
        /// Whether it is the one for dark pages.
        scheme: &'static str,
        /// Its contrast with what is behind it, in hundredths.
        contrast: u32,
        /// The nearest that can be used.
        nearest: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rgb([u8; 3]);

/// What is behind words, in light and in dark: `--ground` and `--sheet` of the stylesheet, of which the one that is nearer to the colour
/// counts.
const LIGHT: [Rgb; 2] = [Rgb([0xf4, 0xf1, 0xeb]), Rgb([0xff, 0xfd, 0xfa])];
const DARK: [Rgb; 2] = [Rgb([0x13, 0x15, 0x19]), Rgb([0x1c, 0x1f, 0x25])];
const WHITE: Rgb = Rgb([0xff; 3]);
/// Only pure black makes one of the two readable on every colour: at worst 4.58.
const INK: Rgb = Rgb([0; 3]);
/// WCAG 2.2, success criterion 1.4.3, level AA.
const LEAST: f64 = 4.5;

impl Accent {
    /// Reads a colour for light pages, and one for dark pages; without it, the first made lighter until it can be read.
    ///
    /// # Errors
    /// A colour is none, or too faint.
    pub fn parse(light: &str, dark: Option<&str>) -> Result<Self, NotAnAccent> {
        let light = Rgb::parse(light)?;
        light.check("light", LIGHT, Rgb([0; 3]))?;
        let dark = match dark {
            Some(dark) => {
                let dark = Rgb::parse(dark)?;
                dark.check("dark", DARK, WHITE)?;
                dark
            }
            None => light.towards(WHITE, DARK),
        };
        Ok(Self { light, dark })
    }

    /// As rules of a stylesheet.
    pub(crate) fn rules(self) -> String {
        let root = |colour: Rgb| format!(":root {{ --accent: {colour}; --on-accent: {}; }}", colour.on());
        format!("\n{}\n@media (prefers-color-scheme: dark) {{ {} }}\n", root(self.light), root(self.dark))
    }
}

impl Rgb {
    fn parse(text: &str) -> Result<Self, NotAnAccent> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(NotAnAccent::Malformed)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| NotAnAccent::Malformed)?;
        bytes.try_into().map(Self).map_err(|_| NotAnAccent::Malformed)
    }

    fn check(self, scheme: &'static str, behind: [Self; 2], end: Self) -> Result<(), NotAnAccent> {
        let contrast = self.least_contrast(behind);
        if contrast >= LEAST {
            return Ok(());
        }
        // Rounded down: 4.499 is not 4.5.
        let hundredths = (1..=450).rev().find(|one| f64::from(*one) / 100.0 <= contrast).unwrap_or(0);
        Err(NotAnAccent::Faint { scheme, contrast: hundredths, nearest: self.towards(end, behind).to_string() })
    }

    /// The first on the way to another colour that can be read.
    fn towards(self, end: Self, behind: [Self; 2]) -> Self {
        let mixed = |step: u16| {
            let one = |from: u8, to: u8| {
                let sum = u16::from(from) * (64 - step) + u16::from(to) * step;
                u8::try_from(sum / 64).unwrap_or(to)
            };
            Self([one(self.0[0], end.0[0]), one(self.0[1], end.0[1]), one(self.0[2], end.0[2])])
        };
        (0..=64).map(mixed).find(|colour| colour.least_contrast(behind) >= LEAST).unwrap_or(end)
    }

    fn least_contrast(self, behind: [Self; 2]) -> f64 {
        behind.into_iter().map(|one| self.contrast(one)).fold(f64::INFINITY, f64::min)
    }

    /// What is written on it: the better of light and dark, of which one can always be read.
    fn on(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(INK) { WHITE } else { INK }
    }

    /// Contrast ratio (WCAG 2.2).
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        a.max(b) / a.min(b)
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on light pages, {} on dark ones", self.light, self.dark)
    }
}

impl fmt::Display for NotAnAccent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("a colour is written as `#9a3f14`"),
            Self::Faint { scheme, contrast, nearest } => write!(
                f,
                "words in this colour could not be read on {scheme} pages: its contrast is {}.{:02}, and 4.50 is the least; \
                 `{nearest}` is the nearest that can be",
                contrast / 100,
                contrast % 100
            ),
        }
    }
}

impl std::error::Error for NotAnAccent {}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../templates/page.css");

    /// The colours that the stylesheet names, in light and in dark.
    fn tokens() -> [Vec<(String, Rgb)>; 2] {
        let (light, dark) = STYLE.split_once("@media (prefers-color-scheme: dark)").expect("both schemes stand first");
        let block = |text: &str| {
            let text = text.split_once('{').unwrap().1;
            let text = &text[..text.find("\n}").unwrap()];
            let pairs = text.split(';').filter_map(|rule| rule.split_once("--")?.1.split_once(": "));
            pairs.filter_map(|(name, value)| Some((name.to_owned(), Rgb::parse(value.trim()).ok()?))).collect()
        };
        let dark = dark.split_once('{').unwrap().1;
        [block(light), block(dark)]
    }

    #[test]
    fn whatever_is_written_can_be_read_in_light_and_in_dark() {
        for (colours, [ground, sheet]) in tokens().into_iter().zip([LIGHT, DARK]) {
            let colour = |name: &str| colours.iter().find(|one| one.0 == name).unwrap_or_else(|| panic!("{name}")).1;
            assert_eq!((colour("ground"), colour("sheet")), (ground, sheet), "the stylesheet's are ours");
            for name in ["ink", "soft", "accent", "bad", "good", "warn"] {
                for behind in [ground, sheet] {
                    let contrast = colour(name).contrast(behind);
                    assert!(contrast >= LEAST, "{name}: {contrast}");
                }
            }
            assert!(colour("on-accent").contrast(colour("accent")) >= LEAST);
            // Words on what is tinted with their own colour.
            for name in ["bad", "good", "warn", "accent"] {
                let contrast = colour(name).contrast(colour(&format!("{name}-tint")));
                assert!(contrast >= LEAST, "{name} on its tint: {contrast}");
            }
            // The border of what can be typed into (WCAG 2.2, 1.4.11).
            assert!(colour("line").contrast(sheet) >= 3.0);
            for hue in 0..8 {
                let contrast = colour(&format!("hue-{hue}")).contrast(WHITE);
                assert!(contrast >= LEAST, "hue {hue}: {contrast}");
            }
        }
    }

    #[test]
    fn a_colour_that_could_not_be_read_is_refused_with_the_nearest_that_could() {
        let faint = Accent::parse("#ffcc00", None).unwrap_err();
        let NotAnAccent::Faint { scheme: "light", contrast, nearest } = &faint else { panic!("{faint}") };
        assert!(*contrast < 450 && faint.to_string().contains(nearest), "{faint}");
        assert!(Accent::parse(nearest, None).is_ok(), "{nearest}");
        let faint = Accent::parse("#005ea5", Some("#005ea5")).unwrap_err();
        let NotAnAccent::Faint { scheme: "dark", nearest, .. } = &faint else { panic!("{faint}") };
        assert!(Accent::parse("#005ea5", Some(nearest)).is_ok(), "{nearest}");
        for bad in ["", "red", "#fff", "#12345g", "#1234567", "9a3f14", "#9a3f14;}", "var(--x)"] {
            assert_eq!(Accent::parse(bad, None), Err(NotAnAccent::Malformed), "{bad}");
        }
    }

    #[test]
    fn every_colour_that_is_taken_can_be_read_and_written_on() {
        for step in 0..4096_u32 {
            let part = |shift: u32| u8::try_from((step >> shift) & 15).unwrap() * 17;
            let colour = Rgb([part(8), part(4), part(0)]);
            assert!(colour.contrast(colour.on()) >= LEAST, "{colour}");
            if let Ok(accent) = Accent::parse(&colour.to_string(), None) {
                assert!(accent.dark.least_contrast(DARK) >= LEAST && accent.light.least_contrast(LIGHT) >= LEAST);
            }
        }
    }
}
