//! What every store must do about the definitions of roles.

use gatewright_core::model::Act;

use super::{World, accounts::assert_one};

const MAX: usize = 100;

/// Plain, absent and activity.
pub async fn a_role_comes_out_as_it_was_put_in_and_goes_when_it_is_removed(world: World) {
    let roles = &world.store.roles;
    assert_eq!(roles.roles().await.unwrap(), []);
    let editor = world.role("editor", "pages:write pages:read");
    let empty = world.role("a-role.with:all_signs-0", "");
    for role in [&editor, &empty] {
        let entry = world.entry(None, Act::RoleChanged);
        assert!(roles.put_role(role.clone(), MAX, entry.clone()).await.unwrap());
        world.assert_logged_exactly_if(true, &entry).await;
    }
    assert_eq!(roles.roles().await.unwrap(), [empty.clone(), editor.clone()]);

    world.clock.advance(std::time::Duration::from_secs(1));
    let changed = world.role("editor", "pages:read");
    let entry = world.entry(None, Act::RoleChanged);
    assert!(roles.put_role(changed.clone(), MAX, entry.clone()).await.unwrap());
    world.assert_logged_exactly_if(true, &entry).await;
    assert_eq!(roles.roles().await.unwrap(), [empty, changed.clone()]);

    for (name, expected) in [("nobodys", false), ("a-role.with:all_signs-0", true), ("a-role.with:all_signs-0", false)]
    {
        let entry = world.entry(None, Act::RoleRemoved);
        assert_eq!(roles.remove_role(name.parse().unwrap(), entry.clone()).await.unwrap(), expected);
        world.assert_logged_exactly_if(expected, &entry).await;
    }
    assert_eq!(roles.roles().await.unwrap(), [changed]);
}

/// Plain: it gives nothing any more, and that is all.
pub async fn a_user_keeps_the_name_of_a_removed_role(world: World) {
    let (_, user) = world.signed_up("ada").await;
    let entry = world.entry(None, Act::RoleChanged);
    assert!(world.store.roles.put_role(world.role("editor", "pages:write"), MAX, entry).await.unwrap());
    let entry = world.entry(None, Act::RoleRemoved);
    assert!(world.store.roles.remove_role("editor".parse().unwrap(), entry).await.unwrap());
    assert_eq!(world.store.users.user(user.id).await.unwrap(), Some(user));
}

/// Taken: one too many is not made, and those that are there may still be changed.
pub async fn one_role_too_many_is_not_made(world: World) {
    let put = async |name: &str, max: usize, expected: bool| {
        let entry = world.entry(None, Act::RoleChanged);
        let put = world.store.roles.put_role(world.role(name, "pages:read"), max, entry.clone()).await.unwrap();
        assert_eq!(put, expected, "{name}");
        world.assert_logged_exactly_if(expected, &entry).await;
    };
    put("a", 0, false).await;
    put("a", 2, true).await;
    put("b", 2, true).await;
    put("c", 2, false).await;
    put("a", 2, true).await;
    put("b", 0, true).await;
    assert_eq!(world.store.roles.roles().await.unwrap().len(), 2);
}

/// Race: different names.
pub async fn concurrent_calls_never_make_more_than_the_most_roles(world: World) {
    let answers = world
        .race(|number, world| async move {
            let entry = world.entry(None, Act::RoleChanged);
            let role = world.role(&format!("role{number}"), "");
            let answer = world.store.roles.put_role(role, 5, entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer, &entry).await;
            answer
        })
        .await;
    assert_eq!(answers.iter().filter(|made| **made).count(), 5, "{answers:?}");
    assert_eq!(world.store.roles.roles().await.unwrap().len(), 5);
}

/// Race: one name. All are done, and what is there is what one of them said.
pub async fn concurrent_changes_of_one_role_leave_one_of_them(world: World) {
    let answers = world
        .race(|number, world| async move {
            let entry = world.entry(None, Act::RoleChanged);
            let role = world.role("editor", &format!("pages{number}:read pages{number}:write"));
            assert!(world.store.roles.put_role(role.clone(), 1, entry).await.unwrap());
            role
        })
        .await;
    let kept = world.store.roles.roles().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(answers.contains(&kept[0]), "{kept:?}");
}

/// Race.
pub async fn of_all_concurrent_removals_of_a_role_exactly_one_is_done(world: World) {
    let entry = world.entry(None, Act::RoleChanged);
    assert!(world.store.roles.put_role(world.role("editor", ""), MAX, entry).await.unwrap());
    let answers = world
        .race_of(super::CALLERS_FOR_ONE, |_, world| async move {
            let entry = world.entry(None, Act::RoleRemoved);
            let answer = world.store.roles.remove_role("editor".parse().unwrap(), entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer, &entry).await;
            answer
        })
        .await;
    assert_one(&answers, &true, &false);
}
