//! Devices and places in plain words. What must stay true: of a user agent nothing is said but what [`DeviceSigns`] knows by name,
//! and nobody else is asked where an address is.

use std::net::IpAddr;

use gatewright_core::model::{ClientSource, DeviceSigns, Program, System, UserAgent};

use crate::page::text::{Say, Text};

/// A device by what it called itself.
pub(in crate::page) fn device(user_agent: Option<&UserAgent>) -> Say {
    let Some(signs) = user_agent.map(DeviceSigns::of) else { return Text::DEVICE_UNKNOWN.into() };
    match (signs.program, signs.system) {
        (Some(Program::Tool(name)), _) => Text::DEVICE_TOOL.with("program", name),
        (Some(Program::App(_)), None) => Text::DEVICE_APP.into(),
        (Some(Program::App(_)), Some(System::AndroidPhone)) => Text::DEVICE_APP_PHONE.into(),
        (Some(Program::App(_)), Some(System::Named(system))) => Text::DEVICE_APP_ON.with("system", system),
        (Some(Program::Browser(name)), None) => Text::DEVICE_PROGRAM.with("program", name),
        (Some(Program::Browser(name)), Some(System::AndroidPhone)) => Text::DEVICE_BOTH_PHONE.with("program", name),
        (Some(Program::Browser(name)), Some(System::Named(system))) => {
            Text::DEVICE_BOTH.with("program", name).with("system", system)
        }
        (None, Some(System::AndroidPhone)) => Text::DEVICE_PHONE.into(),
        (None, Some(System::Named(system))) => Text::DEVICE_SYSTEM.with("system", system),
        (None, None) => Text::DEVICE_UNKNOWN.into(),
    }
}

/// Where an address is, for somebody who is at `now`.
pub(in crate::page) fn place(ip: Option<IpAddr>, now: Option<IpAddr>) -> Say {
    let Some(ip) = ip else { return Text::PLACE_UNKNOWN.into() };
    if now.is_some() && ClientSource::of(Some(ip)) == ClientSource::of(now) {
        Text::PLACE_HERE.into()
    } else if is_local(ip) {
        Text::PLACE_LOCAL.into()
    } else {
        Text::PLACE_ADDRESS.with("ip", ip.to_canonical().to_string())
    }
}

/// Whether an address means something in one house only (RFC 1918, 3927, 4193, 4291).
fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_without_asking_anybody() {
        let at = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let here = at("2001:db8:1:2::7");
        for (ip, expected) in [
            (at("2001:db8:1:2:ffff::9"), Text::PLACE_HERE),
            (at("192.168.1.20"), Text::PLACE_LOCAL),
            (at("127.0.0.1"), Text::PLACE_LOCAL),
            (at("::ffff:10.0.0.1"), Text::PLACE_LOCAL),
            (at("fd00::1"), Text::PLACE_LOCAL),
            (at("fe80::1"), Text::PLACE_LOCAL),
            (at("2001:db8:1:3::7"), Text::PLACE_ADDRESS),
            (at("198.51.100.9"), Text::PLACE_ADDRESS),
            (None, Text::PLACE_UNKNOWN),
        ] {
            assert_eq!(place(ip, here).text, expected, "{ip:?}");
        }
        assert_eq!(place(at("198.51.100.9"), None).text, Text::PLACE_ADDRESS);
        assert_eq!(place(None, None).text, Text::PLACE_UNKNOWN);
    }

    #[test]
    fn lg3_of_a_user_agent_only_our_own_words_are_said() {
        for (agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Text::DEVICE_BOTH),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36", Text::DEVICE_BOTH_PHONE),
            ("curl/8.5.0", Text::DEVICE_TOOL),
            ("okhttp/4.12.0", Text::DEVICE_APP),
            ("MyApp/1 CFNetwork/1498 Darwin/23 iPhone", Text::DEVICE_APP_ON),
            ("Firefox/1", Text::DEVICE_PROGRAM),
            ("Linux", Text::DEVICE_SYSTEM),
            ("Android Mobile", Text::DEVICE_PHONE),
            ("<b>call 555-0100</b>", Text::DEVICE_UNKNOWN),
        ] {
            let says = device(UserAgent::from_header(agent).as_ref());
            assert_eq!(says.text, expected, "{agent}");
            assert!(says.values.iter().all(|(_, value)| !value.to_string().contains(['<', '5'])), "{agent}");
        }
        assert_eq!(device(None).text, Text::DEVICE_UNKNOWN);
    }
}
